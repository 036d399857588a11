//! The domains and machines of activations.

use std::collections::{BTreeMap, HashMap};

use domain::AccountId;
use domain::activation::Kind;
use domain::activation_notice::host_name_in_mail;
use sea_orm::{ColumnTrait as _, EntityTrait as _, FromQueryResult, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use super::entries::Entry;
use crate::store::entity::activations::{self, Column};
use crate::store::row_values::{self, row};
use crate::{Result, Service};

/// Time between a row and its audit entry, at most, in milliseconds. A transaction ends within 8 s.
const MAX_ENTRY_DELAY_MS: i64 = 10_000;

/// A machine that is activated.
#[derive(FromQueryResult)]
struct Machine {
    hostname: Option<String>,
    takes_slot: bool,
    created_at: i64,
}

/// Returns the domain or the host name of each entry, by the entry's id. Activations that take no slot, such
/// as development hosts, and those that are released by now are missing.
pub(super) async fn activated_subjects(
    service: &Service,
    account: AccountId,
    entries: &[&Entry],
) -> Result<HashMap<Uuid, String>> {
    let domains = find_domains(service, entries).await?;
    let mut subjects = HashMap::new();
    let mut of_machines: BTreeMap<Uuid, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        let Some(license) = entry.license_id else { continue };
        let name = entry.detail.clone().unwrap_or_default();
        match domains.get(&(license, name.clone())) {
            Some(true) => {
                subjects.insert(entry.id, name);
            }
            Some(false) => {}
            None => of_machines.entry(license).or_default().push(*entry),
        }
    }
    for (license, entries) in of_machines {
        let machines = find_machines(service, account, license, &entries).await?;
        for entry in with_machine(&entries, machines) {
            let name = entry.detail.as_deref().and_then(host_name_in_mail);
            subjects.insert(entry.id, name.unwrap_or_else(|| "a machine".to_owned()));
        }
    }
    Ok(subjects)
}

/// Returns whether the domains of entries take a slot, by license and domain.
async fn find_domains(service: &Service, entries: &[&Entry]) -> Result<HashMap<(Uuid, String), bool>> {
    let pair = |entry: &&Entry| Some(row![entry.license_id?, entry.detail.clone()?]);
    let pairs: Vec<_> = entries.iter().filter_map(pair).collect();
    let rows: Vec<(Uuid, String, bool)> = activations::Entity::find()
        .select_only()
        .columns([Column::LicenseId, Column::Subject, Column::TakesSlot])
        .filter(row_values::activations_in(service.store.backend(), Kind::Domain, &pairs)?)
        .into_tuple()
        .all(service.store.read())
        .await?;
    Ok(rows.into_iter().map(|(license, domain, takes_slot)| ((license, domain), takes_slot)).collect())
}

/// Loads the machines of a license that may belong to entries.
async fn find_machines(
    service: &Service,
    account: AccountId,
    license: Uuid,
    entries: &[&Entry],
) -> Result<Vec<Machine>> {
    let from = entries.iter().map(|entry| entry.created_at).min().unwrap_or_default();
    let until = entries.iter().map(|entry| entry.created_at).max().unwrap_or_default();
    let machines = activations::Entity::find()
        .select_only()
        .columns([Column::Hostname, Column::TakesSlot, Column::CreatedAt])
        .filter(Column::AccountId.eq(account.0))
        .filter(Column::LicenseId.eq(license))
        .filter(Column::Kind.eq(Kind::Machine.as_str()))
        .filter(Column::CreatedAt.gte(from - MAX_ENTRY_DELAY_MS))
        .filter(Column::CreatedAt.lte(until))
        .into_model::<Machine>()
        .all(service.store.read())
        .await?;
    Ok(machines)
}

/// Returns the entries whose machine is activated and takes a slot. A machine belongs to the entry with its host
/// name; the other ones, which report another name by now, belong to the entries that are left.
fn with_machine<'a>(entries: &[&'a Entry], mut machines: Vec<Machine>) -> Vec<&'a Entry> {
    let (mut found, mut left) = (Vec::new(), Vec::new());
    for entry in entries {
        let host_name = entry.detail.as_deref().unwrap_or_default();
        match take_machine(&mut machines, entry, Some(host_name)) {
            Some(machine) => found.push((*entry, machine)),
            None => left.push(*entry),
        }
    }
    for entry in left {
        found.extend(take_machine(&mut machines, entry, None).map(|machine| (entry, machine)));
    }
    found.into_iter().filter(|(_, machine)| machine.takes_slot).map(|(entry, _)| entry).collect()
}

/// Removes the machine that was activated last before an entry, and has a host name.
fn take_machine(machines: &mut Vec<Machine>, entry: &Entry, host_name: Option<&str>) -> Option<Machine> {
    let times = entry.created_at - MAX_ENTRY_DELAY_MS..=entry.created_at;
    let fits = |machine: &Machine| {
        times.contains(&machine.created_at)
            && host_name.is_none_or(|name| machine.hostname.as_deref().unwrap_or_default() == name)
    };
    let candidates = machines.iter().enumerate().filter(|(_, machine)| fits(machine));
    let (index, _) = candidates.max_by_key(|(_, machine)| machine.created_at)?;
    Some(machines.swap_remove(index))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(host_name: &str, created_at: i64) -> Entry {
        let detail = Some(host_name.to_owned());
        Entry { id: Uuid::nil(), license_id: Some(Uuid::nil()), detail, created_at }
    }

    fn machine(host_name: &str, created_at: i64) -> Machine {
        Machine { hostname: Some(host_name.to_owned()), takes_slot: true, created_at }
    }

    fn announced(entries: &[Entry], machines: Vec<Machine>) -> Vec<String> {
        let entries: Vec<&Entry> = entries.iter().collect();
        with_machine(&entries, machines).into_iter().filter_map(|entry| entry.detail.clone()).collect()
    }

    #[test]
    fn a_machine_with_another_name_is_found_by_its_time() {
        let entries = [entry("a", 50_000), entry("b", 51_000)];
        assert_eq!(announced(&entries, vec![machine("b", 50_999), machine("renamed", 49_999)]), ["b", "a"]);
        assert_eq!(announced(&entries, vec![machine("c", 49_999), machine("d", 50_999)]).len(), 2);
    }

    #[test]
    fn a_released_machine_is_not_mistaken_for_another() {
        let entries = [entry("a", 50_000), entry("b", 51_000)];
        assert_eq!(announced(&entries, vec![machine("b", 50_000)]), ["b"]);
        assert!(announced(&entries[..1], vec![machine("c", 39_999), machine("d", 50_001)]).is_empty());
    }

    #[test]
    fn machines_of_the_same_name_are_announced_each() {
        let entries = [entry("a", 50_000), entry("a", 50_000)];
        assert_eq!(announced(&entries, vec![machine("a", 50_000), machine("a", 50_000)]), ["a", "a"]);
        assert_eq!(announced(&entries, vec![machine("a", 50_000)]), ["a"]);
    }
}
