//! Reasons why there is no connection.

use std::io;

/// The reason why there is no connection, as the seller sees it.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    /// An address of the name is not allowed. The text says no more, because a seller could otherwise explore the
    /// operator's network.
    #[error("address not allowed")]
    NotAllowed,
    /// The name has no address.
    #[error("The name of the receiver has no address.")]
    Unresolved,
    /// No address took the connection.
    #[error("The receiver took no connection.")]
    Refused,
    /// The connection took too long.
    #[error("There was no connection within 5 s.")]
    TimedOut,
    /// The address is neither http nor https.
    #[error("The address of the webhook is not valid.")]
    InvalidAddress,
    /// The receiver's certificate does not fit, or it does not speak TLS.
    #[error("TLS failed: {0}.")]
    Tls(io::Error),
}
