//! What a person entered about an application, and the client that it makes.

use oauth_core::{
    model::{ApplicationType, Client, ClientBuilder, Scope},
    wire::Params,
};

use super::Faults;

/// What was entered, as it was entered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    /// What people are shown.
    pub(crate) name: String,
    /// One to a line.
    pub(crate) redirect_uris: String,
    /// What was ticked.
    pub(crate) scope: Scope,
}

impl Draft {
    /// Reads the form: `name`, `redirect_uris`, and `scope:` with the token for each that is ticked.
    /// Only what is allowed can be ticked.
    pub(crate) fn read(form: &Params<'_>, allowed: &Scope) -> Self {
        let text = |name| form.get(name).unwrap_or_default().to_owned();
        let ticked = |token: &&str| form.get(&field(token)).is_some();
        Self {
            name: text("name"),
            redirect_uris: text("redirect_uris"),
            scope: collect(allowed.iter().filter(ticked)),
        }
    }

    /// What a registered application says.
    pub(crate) fn of(client: &Client) -> Self {
        let uris: Vec<_> = client.redirect_uris.iter().map(|uri| uri.as_str()).collect();
        Self {
            name: client.client_name.clone().unwrap_or_default(),
            redirect_uris: uris.join("\n"),
            scope: client.scope.clone(),
        }
    }

    /// The client that `builder` begins and that says this.
    pub(crate) fn build(
        &self,
        builder: ClientBuilder,
        application_type: ApplicationType,
    ) -> Result<Client, Faults> {
        let name = self.name.trim();
        let mut builder = builder.with(|client| {
            client.client_name = Some(name.to_owned());
            client.scope = self.scope.clone();
        });
        for uri in self.uris() {
            builder = builder.redirect_uri(uri);
        }
        let mut faults = Faults::default();
        if name.is_empty() {
            faults.name = Some("Enter a name.");
        }
        match builder.build() {
            Ok(client) if faults.is_empty() => return Ok(client),
            Ok(_) => {}
            Err(invalid) => faults.add(invalid, &self.uris(), application_type),
        }
        Err(faults)
    }

    /// The registered application, changed to say this. What is not on the form stays, and so do
    /// scopes that cannot be ticked because they are not allowed any more, or by the host alone.
    pub(crate) fn change(&self, client: &Client, allowed: &Scope) -> Result<Client, Faults> {
        let kept = client.scope.iter().filter(|token| !allowed.contains(token));
        let scope = collect(kept).union(&self.scope);
        let said = Self { scope, ..self.clone() };
        let mut same = client.clone();
        same.redirect_uris.clear();
        let builder = Client::public(client.client_id.as_str()).with(|begun| *begun = same);
        let mut changed = said.build(builder, client.application_type)?;
        changed.keep_trust_of(client);
        Ok(changed)
    }

    /// The redirect URIs, each once.
    fn uris(&self) -> Vec<&str> {
        let mut uris = Vec::new();
        for uri in self.redirect_uris.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if !uris.contains(&uri) {
                uris.push(uri);
            }
        }
        uris
    }
}

/// The name of the checkbox of a scope. Each has its own: no parameter is sent twice.
pub(crate) fn field(token: &str) -> String {
    format!("scope:{token}")
}

/// Tokens of a scope, as one.
fn collect<'a>(tokens: impl Iterator<Item = &'a str>) -> Scope {
    // They were tokens before, so they are again.
    Scope::parse(&tokens.collect::<Vec<_>>().join(" ")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use oauth_core::{
        model::{ApplicationType::Web, Client, Scope},
        wire::Params,
    };

    use super::Draft;

    #[test]
    fn a_form_is_read_and_nothing_that_is_not_allowed_is_ticked() {
        let allowed = Scope::parse("read write").unwrap();
        let form = b"name=+Mine+&scope:write=on&scope:admin=on\
            &redirect_uris=https://a.example/cb%0D%0A%0D%0A+https://b.example%0D%0Ahttps://a.example/cb";
        let draft = Draft::read(&Params::parse(form).unwrap(), &allowed);
        let client = draft.build(Client::public("a"), Web).unwrap();
        assert_eq!(client.client_name.as_deref(), Some("Mine"));
        assert_eq!(client.scope.as_str(), "write");
        let uris: Vec<_> = client.redirect_uris.iter().map(|uri| uri.as_str()).collect();
        assert_eq!(uris, ["https://a.example/cb", "https://b.example"]);
    }

    #[test]
    fn what_is_not_on_the_form_stays() {
        let client = Client::public("a").redirect_uri("https://a.example").scope("read admin");
        let client = client.with(|c| c.disabled = true).build().unwrap();
        let draft = Draft { name: "New".to_owned(), ..Draft::of(&client) };
        let draft = Draft { scope: Scope::parse("write").unwrap(), ..draft };
        let changed = draft.change(&client, &Scope::parse("read write").unwrap()).unwrap();
        assert!(changed.disabled);
        assert_eq!(changed.scope.as_str(), "admin write");
        assert_eq!(changed.redirect_uris, client.redirect_uris);
    }
}
