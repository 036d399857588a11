//! The TLS handshake of a connection.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::client_stream::{ClientStream, with_write_timeout};

/// Timeout of the whole handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// The answer to a request without TLS.
const PLAIN_HTTP_ANSWER: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n\
    Content-Length: 47\r\nConnection: close\r\n\r\nThis port takes https. Begin with \"https://\".\r\n";
/// Bytes of a request without TLS that are read and dropped.
const MAX_DROPPED_BYTES: u64 = 64 * 1024;

/// Makes a TLS stream of a connection. Returns `None` if the client spoke HTTP without TLS and got an answer.
pub(super) async fn accept(
    stream: TcpStream,
    acceptor: &TlsAcceptor,
) -> io::Result<Option<TlsStream<ClientStream>>> {
    let handshake = async move {
        // TLS begins with the byte 22 (RFC 8446, section 5.1), a request with a letter of its method.
        let mut first = [0];
        if stream.peek(&mut first).await? == 1 && first[0].is_ascii_alphabetic() {
            refuse(stream).await?;
            return Ok(None);
        }
        acceptor.accept(with_write_timeout(stream)).await.map(Some)
    };
    timeout(HANDSHAKE_TIMEOUT, handshake).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

async fn refuse(mut stream: TcpStream) -> io::Result<()> {
    stream.write_all(PLAIN_HTTP_ANSWER).await?;
    stream.shutdown().await?;
    // Unread bytes would make the system reset the connection, before the client has read the answer.
    tokio::io::copy(&mut stream.take(MAX_DROPPED_BYTES), &mut tokio::io::sink()).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_of_the_answer_is_declared() {
        let answer = std::str::from_utf8(PLAIN_HTTP_ANSWER).expect("text");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        assert!(head.contains(&format!("\r\nContent-Length: {}\r\n", body.len())), "{head}");
    }
}
