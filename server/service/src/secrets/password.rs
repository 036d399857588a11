//! Password hashing: argon2id with the parameters of OWASP (19 MiB, 2 passes), on blocking threads
//! with bounded concurrency.

use std::sync::{Arc, LazyLock};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use domain::unicode::nfkc;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::{Error, Result};

/// Permits of concurrent hashes. Each hash takes 19 MiB and one core.
static HASH_PERMITS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(2)));

/// Hashes a new password into a PHC string. Normalizes it first (NFKC; NIST SP 800-63B, 3.1.1.2),
/// because keyboards compose letters in different ways.
///
/// # Errors
/// Returns an error if the hashing fails.
pub async fn hash(password: String) -> Result<String> {
    let password = Zeroizing::new(nfkc(&Zeroizing::new(password)).into_owned());
    off_thread(move || {
        let hashed = Argon2::default().hash_password(password.as_bytes());
        hashed.map(|hash| hash.to_string()).map_err(|e| Error::Internal(format!("argon2: {e}")))
    })
    .await?
}

/// Longest password in bytes as typed: no user has a longer one. Letters may have four times the bytes of
/// their normal form.
const MAX_TYPED_LEN: usize = 4096;

/// Verifies a password. Without a hash (unknown e-mail address) it takes the same time and returns
/// false.
///
/// # Errors
/// Returns an error if the hashing cannot run.
pub async fn verify(password: String, hash: Option<String>) -> Result<bool> {
    // A password that is too long for any user is not hashed.
    let password = if password.len() > MAX_TYPED_LEN { String::new() } else { password };
    let password = Zeroizing::new(password);
    let known = hash.is_some();
    let hash = hash.unwrap_or_else(|| DUMMY_HASH.to_owned());
    let matches = off_thread(move || {
        let normalized = Zeroizing::new(nfkc(&password).into_owned());
        let matches = |hash: &PasswordHash, password: &str| {
            Argon2::default().verify_password(password.as_bytes(), hash).is_ok()
        };
        // Older hashes are of the password as typed.
        PasswordHash::new(&hash).is_ok_and(|hash| {
            matches(&hash, &normalized) || *normalized != *password && matches(&hash, &password)
        })
    })
    .await?;
    Ok(matches && known)
}

/// Derives a digest of a short random code (argon2id with the parameters of passwords), so that a copied
/// database does not give the codes away to a thief of the key of digests.
///
/// # Errors
/// Returns an error if the hashing fails.
pub async fn derive(code: String, salt: [u8; 16]) -> Result<[u8; 32]> {
    let code = Zeroizing::new(code);
    off_thread(move || {
        let mut digest = [0; 32];
        let derived = Argon2::default().hash_password_into(code.as_bytes(), &salt, &mut digest);
        derived.map(|()| digest).map_err(|e| Error::Internal(format!("argon2: {e}")))
    })
    .await?
}

/// A hash of random bytes with the current parameters.
const DUMMY_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$Y291bnRlcnNpZ24tZHVtbXk$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApz8ArZpRb2PO0Y";

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let turn = Arc::clone(&HASH_PERMITS).acquire_owned().await.map_err(|e| Error::Internal(e.to_string()))?;
    // The permit moves to the blocking task, because a disconnected client leaves the task running.
    let work = move || {
        let done = work();
        drop(turn);
        done
    };
    tokio::task::spawn_blocking(work).await.map_err(|e| Error::Internal(format!("password hashing: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn hashed_password_verifies() {
        let hash = hash("correct horse".into()).await.expect("hashed");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(verify("correct horse".into(), Some(hash.clone())).await.expect("verified"));
        assert!(!verify("wrong horse".into(), Some(hash)).await.expect("verified"));
        assert!(!verify("correct horse".into(), None).await.expect("verified"));
    }

    #[tokio::test]
    async fn composed_and_decomposed_letters_are_the_same_password() {
        let hash = hash("Grüße aus Köln".into()).await.expect("hashed");
        assert!(verify("Gru\u{308}ße aus Ko\u{308}ln".into(), Some(hash)).await.expect("verified"));
        let raw = Argon2::default().hash_password("Ko\u{308}ln am Rhein".as_bytes()).expect("hashed");
        let verified = verify("Ko\u{308}ln am Rhein".into(), Some(raw.to_string())).await;
        assert!(verified.expect("verified"), "a hash of before the normalization");
    }

    #[test]
    fn dummy_hash_has_the_cost_of_a_real_hash() {
        let dummy = PasswordHash::new(DUMMY_HASH).expect("a PHC string");
        let real = Argon2::default().hash_password(b"x").expect("hashed");
        assert_eq!(dummy.params.to_string(), real.params.to_string());
    }
}
