//! A collector that keeps what it receives (OTLP over HTTP).

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use prost::Message as _;

/// The heads and bodies of requests.
type Received = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

pub struct Collector {
    address: SocketAddr,
    received: Received,
}

/// A span, with its ids as text.
#[derive(Debug)]
pub struct RecordedSpan {
    pub name: String,
    pub kind: String,
    pub trace_id: String,
    pub span_id: String,
    pub parent_id: String,
    attributes: Vec<(String, String)>,
}

impl Collector {
    /// Starts a collector, which runs until the end of the test.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a socket");
        let address = listener.local_addr().expect("an address");
        let received = Received::default();
        let kept = Arc::clone(&received);
        std::thread::spawn(move || {
            for stream in listener.incoming().filter_map(Result::ok) {
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || answer(stream, &kept));
            }
        });
        Self { address, received }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn received(&self) -> Vec<(String, Vec<u8>)> {
        self.received.lock().expect("the requests").clone()
    }

    /// Returns all spans so far.
    pub fn spans(&self) -> Vec<RecordedSpan> {
        let received = self.received();
        let requests = received
            .iter()
            .map(|(_, body)| ExportTraceServiceRequest::decode(body.as_slice()).expect("a request of OTLP"));
        let resources = requests.flat_map(|request| request.resource_spans);
        let scopes = resources.flat_map(|resource| resource.scope_spans);
        scopes.flat_map(|scope| scope.spans).map(RecordedSpan::from).collect()
    }
}

impl RecordedSpan {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

impl From<Span> for RecordedSpan {
    fn from(span: Span) -> Self {
        assert!(span.events.is_empty(), "events may hold secrets");
        let attributes = span.attributes.into_iter().map(|attribute| {
            let value = match attribute.value.and_then(|value| value.value) {
                Some(Value::StringValue(text)) => text,
                Some(Value::IntValue(number)) => number.to_string(),
                other => format!("{other:?}"),
            };
            (attribute.key, value)
        });
        Self {
            kind: format!("{:?}", SpanKind::try_from(span.kind).expect("a kind")),
            attributes: attributes.collect(),
            name: span.name,
            trace_id: hex(&span.trace_id),
            span_id: hex(&span.span_id),
            parent_id: hex(&span.parent_span_id),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Reads a request and answers it. Closes the connection.
fn answer(mut stream: TcpStream, received: &Mutex<Vec<(String, Vec<u8>)>>) -> Option<()> {
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    let (mut bytes, mut buffer) = (Vec::<u8>::new(), [0_u8; 8192]);
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        match stream.read(&mut buffer).ok()? {
            0 => return None,
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    })?;
    while bytes.len() < end + length {
        match stream.read(&mut buffer).ok()? {
            0 => return None,
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    }
    received.lock().expect("the requests").push((head, bytes[end..].to_vec()));
    let response = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    stream.write_all(response).ok()
}
