//! The shops that send events.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::FieldError;

/// A provider of a shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ShopProvider {
    /// Stripe.
    Stripe,
    /// Paddle Billing.
    Paddle,
    /// Lemon Squeezy.
    LemonSqueezy,
}

impl ShopProvider {
    /// All providers, in menu order.
    pub const ALL: [Self; 3] = [Self::Stripe, Self::Paddle, Self::LemonSqueezy];

    /// Returns the stored word, which is also the segment in the path of its events.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stripe => "stripe",
            Self::Paddle => "paddle",
            Self::LemonSqueezy => "lemonsqueezy",
        }
    }

    /// Returns the name for pages.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Stripe => "Stripe",
            Self::Paddle => "Paddle",
            Self::LemonSqueezy => "Lemon Squeezy",
        }
    }

    /// Returns the header that carries the signature, in lower case.
    #[must_use]
    pub fn signature_header(self) -> &'static str {
        match self {
            Self::Stripe => "stripe-signature",
            Self::Paddle => "paddle-signature",
            Self::LemonSqueezy => "x-signature",
        }
    }

    /// Returns whether one connection gets live and test events, which are marked. A sandbox of Paddle is an account of
    /// its own, and so a connection of its own.
    #[must_use]
    pub fn marks_test_events(self) -> bool {
        match self {
            Self::Stripe | Self::LemonSqueezy => true,
            Self::Paddle => false,
        }
    }

    /// Returns the events that a seller chooses at the provider. Others are logged and change nothing.
    #[must_use]
    pub fn events(self) -> &'static [&'static str] {
        match self {
            Self::Stripe => &[
                "checkout.session.completed",
                "checkout.session.async_payment_succeeded",
                "invoice.paid",
                "invoice.payment_failed",
                "invoice_payment.paid",
                "customer.subscription.deleted",
                "charge.refunded",
                "charge.dispute.closed",
                "charge.dispute.funds_reinstated",
            ],
            Self::Paddle => &[
                "transaction.completed",
                "transaction.past_due",
                "subscription.canceled",
                "adjustment.created",
                "adjustment.updated",
                "customer.created",
                "customer.updated",
            ],
            Self::LemonSqueezy => &[
                "order_created",
                "order_refunded",
                "subscription_created",
                "subscription_updated",
                "subscription_expired",
                "subscription_payment_success",
                "subscription_payment_failed",
                "subscription_payment_recovered",
                "subscription_payment_refunded",
            ],
        }
    }
}

impl fmt::Display for ShopProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ShopProvider {
    type Err = FieldError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|provider| provider.as_str() == word);
        found.ok_or_else(|| FieldError::new("provider", "Choose Stripe, Paddle or Lemon Squeezy."))
    }
}
