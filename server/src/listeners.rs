//! The sockets of the server: bound to the addresses of the settings, or passed by systemd, which keeps them open while
//! the server restarts.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::config::Config;

/// The name of the passed socket whose requests are redirected: `FileDescriptorName=redirect`.
const REDIRECT_NAME: &str = "redirect";

/// The sockets of the server.
pub struct Listeners {
    /// The socket of the public address.
    pub public: TcpListener,
    /// The socket whose requests are redirected to the public address.
    pub redirect: Option<TcpListener>,
    /// The socket of the metrics.
    pub metrics: Option<TcpListener>,
}

/// The sockets that systemd has passed.
struct Passed<T> {
    public: Option<T>,
    redirect: Option<T>,
}

impl Listeners {
    /// Binds the sockets, or takes those that were passed. Writes the addresses into the settings, because with port 0
    /// the system chooses a port.
    ///
    /// # Errors
    /// Returns a sentence that names the address or the setting.
    pub async fn open(settings: &mut Config) -> Result<Self, String> {
        let sockets = sd_listen_fds::get()
            .map_err(|_| "The variables LISTEN_PID and LISTEN_FDS of systemd are malformed.".to_owned())?;
        let passed = assign(sockets)?;
        let public = match passed.public {
            Some(socket) => adopt(socket.into())?,
            None => bind(settings.listen, "").await?,
        };
        settings.listen = address(&public)?;
        // The option --listen or the socket may have replaced the address of the settings.
        settings.check_tls()?;
        let redirect = match (passed.redirect, settings.redirect_listen) {
            (Some(_), _) if !settings.is_https() => {
                return Err(
                    "The socket “redirect” needs a setting public_url that begins with https://.".into()
                );
            }
            (Some(socket), _) => Some(adopt(socket.into())?),
            (None, Some(address)) => Some(bind(address, " (redirect_listen)").await?),
            (None, None) => None,
        };
        if redirect.is_none() && settings.acme().is_some() {
            return Err(
                "The setting tls_acme_domains needs the setting redirect_listen, such as 0.0.0.0:80: the authority \
                 validates the names there."
                    .into(),
            );
        }
        if let Some(redirect) = &redirect {
            settings.redirect_listen = Some(address(redirect)?);
        }
        let metrics = match settings.metrics_listen {
            Some(address) => Some(bind(address, " (metrics_listen)").await?),
            None => None,
        };
        if let Some(metrics) = &metrics {
            settings.metrics_listen = Some(address(metrics)?);
        }
        Ok(Self { public, redirect, metrics })
    }
}

/// Assigns passed sockets by their names. A name that is not `redirect` is that of the public address.
fn assign<T>(sockets: Vec<(Option<String>, T)>) -> Result<Passed<T>, String> {
    let mut passed = Passed { public: None, redirect: None };
    for (name, socket) in sockets {
        let is_redirect = name.as_deref() == Some(REDIRECT_NAME);
        let place = if is_redirect { &mut passed.redirect } else { &mut passed.public };
        if place.replace(socket).is_some() {
            let kind = if is_redirect { "with the name redirect" } else { "for the public address" };
            return Err(format!(
                "systemd passes two sockets {kind}. Let the socket unit have one ListenStream=."
            ));
        }
    }
    Ok(passed)
}

/// Takes a socket of the standard library into the runtime.
fn adopt(socket: std::net::TcpListener) -> Result<TcpListener, String> {
    let failed = |error: std::io::Error| format!("A socket that systemd passes can't be used: {error}.");
    socket.set_nonblocking(true).map_err(failed)?;
    TcpListener::from_std(socket).map_err(failed)
}

async fn bind(address: SocketAddr, setting: &str) -> Result<TcpListener, String> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|error| format!("Can't listen on the address {address}{setting}: {error}."))
}

fn address(listener: &TcpListener) -> Result<SocketAddr, String> {
    listener.local_addr().map_err(|error| format!("The address of a socket can't be read: {error}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assigned(names: &[Option<&str>]) -> Result<(Option<usize>, Option<usize>), String> {
        let sockets = names.iter().map(|name| name.map(ToOwned::to_owned)).enumerate();
        assign(sockets.map(|(index, name)| (name, index)).collect())
            .map(|passed| (passed.public, passed.redirect))
    }

    #[test]
    fn passed_sockets_are_assigned_by_name() {
        assert_eq!(assigned(&[]), Ok((None, None)));
        assert_eq!(assigned(&[None]), Ok((Some(0), None)));
        assert_eq!(assigned(&[Some("countersign.socket")]), Ok((Some(0), None)));
        assert_eq!(assigned(&[Some("redirect"), Some("https")]), Ok((Some(1), Some(0))));
        assert_eq!(assigned(&[Some("redirect")]), Ok((None, Some(0))));
    }

    #[test]
    fn second_socket_for_one_purpose_is_refused() {
        for names in [[Some("a"), Some("b")], [None, None], [Some("redirect"), Some("redirect")]] {
            assert!(assigned(&names).is_err(), "{names:?}");
        }
    }
}
