//! The codes of findings. Scripts match them, and docs/operations.md explains each: never rename one.

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// As it should be.
    Ok,
    /// Worth knowing; nothing must be done.
    Note,
    /// Something will go wrong, or is less safe than it could be.
    Warning,
    /// Something is wrong now.
    Error,
}

impl Severity {
    /// Returns the word of the output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

macro_rules! codes {
    ($($name:ident $word:literal $severity:ident,)+) => {
        /// The code of a finding. Each has one severity.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code {
            $(#[doc = concat!("The code `", $word, "`.")] $name,)+
        }

        impl Code {
            /// All codes.
            #[cfg(test)]
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            fn entry(self) -> (&'static str, Severity) {
                match self {
                    $(Self::$name => ($word, Severity::$severity),)+
                }
            }
        }
    };
}

codes! {
    SettingsValid "settings_valid" Ok,
    SettingsInvalid "settings_invalid" Error,
    RateLimitsOff "rate_limits_off" Warning,
    PublicUrlNotSet "public_url_not_set" Note,
    PublicUrlNotSecure "public_url_not_secure" Warning,
    ProxiesTrustAll "proxies_trust_all" Warning,
    WebhooksWithoutTls "webhooks_without_tls" Note,
    LocalesInvalid "locales_invalid" Error,
    ConfigFileReadable "config_file_readable" Warning,
    FilesPrivate "files_private" Ok,
    FilesOfAnotherUser "files_of_another_user" Note,
    DataFolderMissing "data_folder_missing" Note,
    DataFolderReadable "data_folder_readable" Note,
    DataFolderWritable "data_folder_writable" Warning,
    DataFolderReadOnly "data_folder_read_only" Error,
    DatabaseFileReadable "database_file_readable" Warning,
    DatabaseFileReadOnly "database_file_read_only" Error,
    DiskSpaceEnough "disk_space_enough" Ok,
    DiskSpaceLow "disk_space_low" Warning,
    DiskSpaceExhausted "disk_space_exhausted" Error,
    DiskNotAnswering "disk_not_answering" Error,
    DatabaseReached "database_reached" Ok,
    DatabaseMissing "database_missing" Note,
    DatabaseLost "database_lost" Error,
    DatabaseUnreachable "database_unreachable" Error,
    DatabaseVersionOld "database_version_old" Warning,
    DatabaseStandby "database_standby" Error,
    PoolerInTransactionMode "pooler_in_transaction_mode" Error,
    PoolerDropsSettings "pooler_drops_settings" Warning,
    PartitionsMissing "partitions_missing" Warning,
    PartitionsLong "partitions_long" Warning,
    LocksFew "locks_few" Warning,
    DurabilityFull "durability_full" Ok,
    DurabilityCommitsMayBeLost "durability_commits_may_be_lost" Warning,
    DurabilityFsyncOff "durability_fsync_off" Error,
    DurabilityPageWritesOff "durability_page_writes_off" Warning,
    DurabilityJournalMode "durability_journal_mode" Warning,
    IntegrityWhole "integrity_whole" Ok,
    IntegrityDamaged "integrity_damaged" Error,
    IntegrityUnfinished "integrity_unfinished" Note,
    ClockAgrees "clock_agrees" Ok,
    ClockSkew "clock_skew" Warning,
    SchemaCurrent "schema_current" Ok,
    SchemaPending "schema_pending" Note,
    SchemaNewer "schema_newer" Error,
    MasterKeyBelongs "master_key_belongs" Ok,
    MasterKeyNotCreated "master_key_not_created" Note,
    MasterKeyMissing "master_key_missing" Error,
    MasterKeyInvalid "master_key_invalid" Error,
    MasterKeyWrong "master_key_wrong" Error,
    MasterKeyReadable "master_key_readable" Error,
    MasterKeyFileUnused "master_key_file_unused" Note,
    MasterKeyRotationUnfinished "master_key_rotation_unfinished" Note,
    BackupsRecent "backups_recent" Ok,
    BackupsExternal "backups_external" Note,
    BackupsNotConfigured "backups_not_configured" Warning,
    BackupFolderMissing "backup_folder_missing" Warning,
    BackupFolderReadOnly "backup_folder_read_only" Error,
    BackupsReadable "backups_readable" Warning,
    BackupsMissing "backups_missing" Warning,
    BackupsOverdue "backups_overdue" Warning,
    BackupsInFuture "backups_in_future" Warning,
    BackupsOnSameDisk "backups_on_same_disk" Note,
    TlsCertificateValid "tls_certificate_valid" Ok,
    TlsCertificateExpiresSoon "tls_certificate_expires_soon" Warning,
    TlsCertificateExpired "tls_certificate_expired" Error,
    TlsCertificateMissing "tls_certificate_missing" Error,
    TlsRenewalFails "tls_renewal_fails" Warning,
    TlsCertificateOfOtherName "tls_certificate_of_other_name" Warning,
    TlsFilesUnusable "tls_files_unusable" Error,
    TlsKeyMismatch "tls_key_mismatch" Error,
    TlsKeyReadable "tls_key_readable" Warning,
    MailReady "mail_ready" Ok,
    MailOff "mail_off" Note,
    MailServerFails "mail_server_fails" Error,
    ServerReady "server_ready" Ok,
    ServerNotRunning "server_not_running" Warning,
    ServerNotReady "server_not_ready" Error,
    PublicUrlReached "public_url_reached" Ok,
    PublicUrlNotChecked "public_url_not_checked" Note,
    PublicUrlUnreachable "public_url_unreachable" Error,
    PublicUrlRedirects "public_url_redirects" Warning,
    PublicUrlFails "public_url_fails" Error,
    PublicUrlOfAnother "public_url_of_another" Error,
    PublicUrlNotIdentified "public_url_not_identified" Note,
    ServerOfAnotherVersion "server_of_another_version" Note,
    ProxyAddressesUsed "proxy_addresses_used" Ok,
    ProxyAbsent "proxy_absent" Ok,
    ProxyNotTrusted "proxy_not_trusted" Warning,
    ProxySendsNoAddress "proxy_sends_no_address" Warning,
    ProxyBypassed "proxy_bypassed" Note,
    CertificateValid "certificate_valid" Ok,
    CertificateExpiresSoon "certificate_expires_soon" Warning,
    CertificateExpired "certificate_expired" Error,
    CertificateUntrusted "certificate_untrusted" Warning,
    CertificateUnreadable "certificate_unreadable" Note,
}

impl Code {
    /// Returns the word of the output.
    pub fn word(self) -> &'static str {
        self.entry().0
    }

    /// Returns how much the finding matters.
    pub fn severity(self) -> Severity {
        self.entry().1
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn codes_are_those_of_the_documentation() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operations.md");
        let text = std::fs::read_to_string(file).expect("the documentation");
        let (_, section) = text.split_once("\n### Doctor\n").expect("the section");
        let section = section.split("\n## ").next().unwrap_or_default();
        let documented: Vec<(&str, &str)> = section
            .lines()
            .filter_map(|line| {
                let mut cells = line.strip_prefix("| `")?.split(" | ");
                Some((cells.next()?.trim_end_matches('`'), cells.next()?))
            })
            .collect();
        let codes: Vec<(&str, &str)> =
            Code::ALL.iter().map(|code| (code.word(), code.severity().word())).collect();
        assert_eq!(documented, codes);
    }

    #[test]
    fn codes_are_distinct_words() {
        let words: BTreeSet<&str> = Code::ALL.iter().map(|code| code.word()).collect();
        assert_eq!(words.len(), Code::ALL.len());
        assert!(
            words.iter().all(|word| word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')),
            "{words:?}"
        );
    }
}
