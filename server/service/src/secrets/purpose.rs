//! The uses of sealed and digested values.

/// The use of a sealed or digested value. A value for one purpose is never valid for
/// another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A license key, sealed in its row and digested for look-up.
    LicenseKey,
    /// The private half of a token signing key, sealed in its row.
    SigningKey,
    /// The id of a session, digested.
    Session,
    /// The cookie that carries a form's input across a redirect.
    FlashCookie,
    /// Proof that the database and the master key belong together.
    KeyCheck,
    /// A bearer token, digested.
    ApiToken,
    /// The one-time cookie that carries a text to the next page.
    HandOver,
    /// The set-up code of a fresh instance.
    SetUpCode,
    /// The cursor of a list whose ids are secret.
    PageCursor,
    /// The cookie of a browser that has signed in before.
    DeviceCookie,
    /// The version of a user's password, digested from its hash.
    PasswordVersion,
    /// The next master key during a rotation, sealed by the present one.
    NextMasterKey,
    /// The key of token digests, sealed after a rotation.
    TokenKey,
    /// Rows of an import that are not imported yet.
    ImportedRows,
    /// A license key that was replaced, digested. The digest survives a rotation of the master key.
    FormerLicenseKey,
    /// The token in the link of an invitation, digested.
    Invitation,
    /// An audit entry, its seal, and the state of its chain, digested.
    AuditLog,
    /// The secret of a user's authenticator app, sealed in its row.
    TotpSecret,
    /// A recovery code of a user, digested.
    RecoveryCode,
    /// A sign-in between the password and the second factor, in its session.
    PendingSignIn,
    /// The content of a mail in the queue, sealed in its row.
    MailBody,
    /// The token in the link that sets a new password, digested.
    PasswordReset,
    /// The token in the link that opens the customer's page, and the address that got it, digested.
    CustomerLink,
    /// The cookie that keeps the customer's page open.
    CustomerSession,
    /// The secret that signs deliveries to a webhook, sealed in its row.
    WebhookSecret,
    /// The secret that a webhook had before, sealed in its row.
    WebhookPreviousSecret,
    /// The body of a delivery, sealed in its row.
    WebhookBody,
    /// The beginning of a receiver's answer, sealed in the row of its attempt.
    WebhookAnswer,
    /// The access token of a sign-in through the API.
    AccessToken,
    /// The secret by which a provider signs the events of a shop, sealed in its row.
    ShopSecret,
    /// The secret that a shop had before, sealed in its row.
    ShopFormerSecret,
    /// The body of an event of a shop, sealed in its row.
    ShopPayload,
    /// A request with an idempotency key, digested, and its answer, sealed in its row.
    IdempotentRequest,
    /// The network of a trial whose address is not kept, digested.
    TrialNetwork,
    /// The token in the link with which a seller signs up, digested.
    SignUpLink,
    /// A probe of an instance by its operator, and its answer, digested.
    InstanceProbe,
    /// The account at an authority of certificates, sealed in its row.
    AcmeAccount,
    /// The private key of the server's certificate, sealed in its row.
    CertificateKey,
    /// The answer to a challenge of an authority of certificates, sealed in its row.
    AcmeChallenge,
}

impl Purpose {
    pub(super) fn label(self) -> &'static [u8] {
        match self {
            Self::LicenseKey => b"license-key",
            Self::SigningKey => b"signing-key",
            Self::Session => b"session",
            Self::FlashCookie => b"flash-cookie",
            Self::KeyCheck => b"key-check",
            Self::ApiToken => b"api-token",
            Self::HandOver => b"hand-over",
            Self::SetUpCode => b"set-up-code",
            Self::PageCursor => b"page-cursor",
            Self::DeviceCookie => b"device-cookie",
            Self::PasswordVersion => b"password-version",
            Self::NextMasterKey => b"next-master-key",
            Self::TokenKey => b"token-key",
            Self::ImportedRows => b"imported-rows",
            Self::FormerLicenseKey => b"former-license-key",
            Self::Invitation => b"invitation",
            Self::AuditLog => b"audit-log",
            Self::TotpSecret => b"totp-secret",
            Self::RecoveryCode => b"recovery-code",
            Self::PendingSignIn => b"pending-sign-in",
            Self::MailBody => b"mail-body",
            Self::PasswordReset => b"password-reset",
            Self::CustomerLink => b"customer-link",
            Self::CustomerSession => b"customer-session",
            Self::WebhookSecret => b"webhook-secret",
            Self::WebhookPreviousSecret => b"webhook-previous-secret",
            Self::WebhookBody => b"webhook-body",
            Self::WebhookAnswer => b"webhook-answer",
            Self::AccessToken => b"access-token",
            Self::ShopSecret => b"shop-secret",
            Self::ShopFormerSecret => b"shop-former-secret",
            Self::ShopPayload => b"shop-payload",
            Self::IdempotentRequest => b"idempotent-request",
            Self::TrialNetwork => b"trial-network",
            Self::SignUpLink => b"sign-up-link",
            Self::InstanceProbe => b"instance-probe",
            Self::AcmeAccount => b"acme-account",
            Self::CertificateKey => b"certificate-key",
            Self::AcmeChallenge => b"acme-challenge",
        }
    }
}
