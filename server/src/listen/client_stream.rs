//! The socket of a client, whose writes time out.

use std::pin::Pin;

use tokio::net::TcpStream;
use tokio_io_timeout::TimeoutStream;

use super::limits::WRITE_TIMEOUT;

/// A socket whose writes time out.
pub(super) type ClientStream = Pin<Box<TimeoutStream<TcpStream>>>;

/// Gives a socket the timeout.
pub(super) fn with_write_timeout(stream: TcpStream) -> ClientStream {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE_TIMEOUT));
    Box::pin(stream)
}
