//! The activation token of the machine API: a JWT (RFC 7519) with the claims that existing
//! clients expect.

use serde::Serialize;

use crate::machine::MetadataEntry;

/// The claims of an activation token. Times are in seconds since the epoch; 0 is none. Arrays
/// are always present and texts are never null. There is no `exp`, because known clients map it
/// to `eat` and fail if both are present.
#[derive(Serialize, Default)]
pub struct Claims<'a> {
    /// The activation's id.
    pub aid: String,
    /// The license's id.
    pub lid: String,
    /// The product's id, as it was sent.
    pub pid: &'a str,
    /// The license key, as it was sent.
    pub key: &'a str,
    /// The fingerprint, as it was sent.
    pub fp: &'a str,
    /// The operating system.
    pub os: &'a str,
    /// Fingerprint matching strategy.
    pub fms: &'a str,
    /// When this token was signed.
    pub iat: i64,
    /// When the license expires.
    pub eat: i64,
    /// Validity of an offline response in seconds.
    pub orv: i64,
    /// The customer's name.
    pub name: &'a str,
    /// The customer's address.
    pub email: &'a str,
    /// The customer's company.
    pub company: &'a str,
    /// `node-locked`, `hosted-floating` or `on-premise-floating`.
    #[serde(rename = "type")]
    pub kind: &'a str,
    /// The license is suspended.
    pub suspended: bool,
    /// Floating clients allowed.
    pub fc: i64,
    /// The leasing strategy.
    pub ls: &'a str,
    /// Duration of the lease in seconds.
    pub ld: i64,
    /// When the lease ends.
    pub leat: i64,
    /// Sync interval in seconds.
    pub ssi: i64,
    /// When the grace after a missed sync ends.
    pub ssgpeat: i64,
    /// Allowed clock offset of the client in seconds.
    pub aco: i64,
    /// When the license was issued.
    pub lcat: i64,
    /// When the license was first activated.
    pub laat: i64,
    /// The product's properties.
    pub pmd: &'a [MetadataEntry],
    /// The license's properties.
    pub lmd: &'a [MetadataEntry],
    /// The customer's properties.
    pub umd: &'a [MetadataEntry],
    /// The activation's properties.
    pub amd: &'a [MetadataEntry],
    /// The license's meters.
    pub lma: &'a [LicenseMeter],
    /// The activation's meters.
    pub ama: &'a [MeterUses],
}

/// The signed receipt of an offline deactivation.
#[derive(Serialize)]
pub struct Receipt<'a> {
    /// The activation's id.
    pub aid: String,
    /// The license's id.
    pub lid: String,
    /// The product's id, as it was sent.
    pub pid: &'a str,
    /// The fingerprint, as it was sent.
    pub fp: &'a str,
    /// When this receipt was signed.
    pub iat: i64,
    /// One second before this receipt was signed: a client that takes it for a token sees an expired
    /// license.
    pub eat: i64,
    /// Always true, for the same reason.
    pub suspended: bool,
    /// Always true: no activation token has this claim.
    pub deactivated: bool,
}

/// A license's meter.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LicenseMeter {
    /// The meter's name.
    pub name: String,
    /// Uses allowed; -1 is unlimited.
    pub allowed_uses: i64,
    /// Uses that count against the limit.
    pub total_uses: i64,
    /// Uses ever counted.
    pub gross_uses: i64,
}

/// The uses of a meter by an activation.
#[derive(Serialize)]
pub struct MeterUses {
    /// The meter's name.
    pub name: String,
    /// Uses so far.
    pub uses: i64,
}
