//! The form of an import, with a file of licenses of another system.

use super::random::XorShift;

/// Text between the fields of a form. No row contains it.
const BOUNDARY: &str = "----countersign-bench";

/// Value of the header `Content-Type` of a form.
pub const CONTENT_TYPE: &str = "multipart/form-data; boundary=----countersign-bench";

/// A form as it is sent.
pub struct ImportForm {
    pub body: Vec<u8>,
    /// Number of licenses in the file.
    pub rows: usize,
}

/// A generator of forms. No two of its rows have the same license key, because xorshift64 returns each
/// number once.
pub struct ImportForms {
    random: XorShift,
    next_row: usize,
}

impl ImportForms {
    /// Creates a generator. Generators with other seeds make other keys.
    pub fn new(seed: u64) -> Self {
        Self { random: XorShift::new(seed), next_row: 0 }
    }

    /// Generates a form with a file of `rows` licenses of a product. Each customer has three of them.
    pub fn form(&mut self, product: &str, form_token: &str, rows: usize) -> ImportForm {
        let mut body = Vec::new();
        let fields =
            [("form_token", form_token), ("product", product), ("date_order", ""), ("keep_others", "on")];
        for (name, value) in fields {
            let field =
                format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(field.as_bytes());
        }
        // The server reads the file as the last field.
        let file = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"licenses.csv\"\r\n\
             Content-Type: text/csv\r\n\r\n\
             license_key,product,customer_name,customer_email,domain_limit,expires_at,metadata: order\n"
        );
        body.extend_from_slice(file.as_bytes());
        for _ in 0..rows {
            let row = self.row();
            body.extend_from_slice(row.as_bytes());
        }
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        ImportForm { body, rows }
    }

    fn row(&mut self) -> String {
        let (number, key) = (self.next_row, self.random.next_u64());
        self.next_row += 1;
        let (customer, limit, month) = (number / 3, 1 + number % 5, 1 + number % 12);
        let shop = customer % 997;
        let [a, b, c, d] = [key >> 48, key >> 32, key >> 16, key].map(|part| part & 0xFFFF);
        format!(
            "OLD-{a:04X}-{b:04X}-{c:04X}-{d:04X},,Customer {customer},c{customer}@shop{shop}.example,{limit},\
             2099-{month:02}-15,in_{number}\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_have_fields_and_rows_with_different_keys() {
        assert!(CONTENT_TYPE.ends_with(BOUNDARY));
        let mut forms = ImportForms::new(0x1337);
        let texts = [(); 2].map(|()| {
            let form = forms.form("p", "t", 500);
            assert_eq!(form.rows, 500);
            String::from_utf8(form.body).expect("text")
        });
        assert!(texts[0].contains("name=\"form_token\"\r\n\r\nt\r\n") && texts[0].ends_with("--\r\n"));
        assert!(
            texts[1].contains(",,Customer 166,c166@shop166.example,1,2099-09-15,in_500\n"),
            "{}",
            texts[1]
        );
        let rows = texts.iter().flat_map(|text| text.lines()).filter(|line| line.starts_with("OLD-"));
        let mut keys: Vec<&str> = rows.filter_map(|row| row.split(',').next()).collect();
        assert!(keys.len() == 1000 && keys.iter().all(|key| key.len() == 23));
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), 1000);
    }
}
