// The pages of the tour. A new page belongs here.
import { type Page } from "@playwright/test";

interface Visited {
  /** The name in the file names of the screenshots. */
  name: string;
  path: string;
}

/** Pages that need no sign-in. */
export const PUBLIC_PAGES: Visited[] = [
  { name: "sign-in", path: "/sign-in" },
  { name: "sign-in-reset", path: "/sign-in/reset" },
  { name: "reset-unknown", path: "/reset/no-such-token" },
  { name: "sign-up", path: "/sign-up" },
  { name: "sign-up-unknown", path: "/sign-up/no-such-token" },
  { name: "invitation-unknown", path: "/invitations/no-such-token" },
  { name: "manage", path: "/manage" },
  { name: "manage-unknown", path: "/manage/no-such-seller" },
  { name: "docs", path: "/docs" },
  { name: "docs-group", path: "/docs/machine-api" },
  { name: "docs-conventions", path: "/docs/conventions" },
  { name: "docs-search", path: "/docs/search?q=license" },
  { name: "docs-tokens", path: "/docs/tokens" },
];

/** Pages of every account. */
export const PAGES: Visited[] = [
  { name: "overview", path: "/" },
  { name: "licenses", path: "/licenses" },
  { name: "licenses-no-match", path: "/licenses?q=nothing+like+it" },
  { name: "licenses-at-limit", path: "/licenses?condition=at_limit" },
  { name: "bulk-jobs", path: "/licenses/jobs" },
  { name: "import", path: "/licenses/import" },
  { name: "search", path: "/search?q=be" },
  { name: "issue-license", path: "/licenses/new" },
  { name: "customers", path: "/customers" },
  { name: "organizations", path: "/organizations" },
  { name: "tags", path: "/tags" },
  { name: "products", path: "/products" },
  { name: "new-product", path: "/products/new" },
  { name: "license-templates", path: "/license-templates" },
  { name: "trial-policies", path: "/trial-policies" },
  { name: "new-license-template", path: "/license-templates/new" },
  { name: "team", path: "/team" },
  { name: "roles", path: "/team/roles" },
  { name: "audit-log", path: "/audit" },
  { name: "audit-log-verified", path: "/audit?verify=1" },
  { name: "account", path: "/account" },
  { name: "api-tokens", path: "/settings/tokens" },
  { name: "mail", path: "/settings/mail" },
  { name: "customer-mail", path: "/settings/mail/customers" },
  { name: "mail-template", path: "/settings/mail/templates/expiry_reminder" },
  { name: "customer-page-settings", path: "/settings/customer-page" },
  { name: "shops", path: "/settings/shops" },
  { name: "webhooks", path: "/settings/webhooks" },
  { name: "new-webhook", path: "/settings/webhooks/new" },
];

/** Pages that show the same in every account, and the operator's, which the demo's owner is. */
export const COMMON_PAGES: Visited[] = [
  { name: "operator-sellers", path: "/operator/sellers" },
  { name: "operator-sellers-no-match", path: "/operator/sellers?q=nothing+like+it" },
  { name: "operator-health", path: "/operator/health" },
  { name: "operator-settings", path: "/operator/settings" },
  { name: "gallery", path: "/gallery" },
  { name: "license-missing", path: "/licenses/00000000-0000-7000-8000-000000000000" },
  { name: "not-found", path: "/no-such-page" },
];

/** Returns the pages of the account's first licenses, product and customer. */
export async function pagesOfData(page: Page, origin: string): Promise<Visited[]> {
  const first = async (list: string) => {
    await page.goto(origin + list);
    const links = page.locator("main tbody a");
    return (await links.count()) > 0 ? await links.first().getAttribute("href") : null;
  };
  const found: Visited[] = [];
  const license = await first("/licenses");
  if (license) {
    found.push({ name: "license", path: license }, { name: "license-revealed", path: `${license}?reveal=1` });
    found.push({ name: "offline", path: `${license}/offline` });
    found.push({ name: "license-rules", path: `${license}/rules` });
    found.push({ name: "license-check", path: `${license}?check=shop.example.com` });
  }
  for (const standing of ["suspended", "revoked", "expired"]) {
    const path = await first(`/licenses?standing=${standing}`);
    if (path) found.push({ name: `license-${standing}`, path });
  }
  const product = await first("/products");
  if (product) {
    for (const tab of ["", "/domains", "/machines", "/meters", "/customers", "/keys", "/integrate"]) {
      found.push({ name: `product${tab.replace("/", "-")}`, path: product + tab });
    }
  }
  const template = await first("/license-templates");
  if (template) {
    found.push({ name: "license-template", path: template });
    found.push({ name: "license-template-edit", path: `${template}/edit` });
  }
  const customer = await first("/customers");
  if (customer?.startsWith("/customers/")) found.push({ name: "customer", path: customer });
  return found;
}
