//! What a person does with a browser.
#![expect(clippy::panic, reason = "what is not there to be seen ends the test")]

use serde_json::Value;
use thirtyfour::{
    By, TypingData, WebDriver,
    cdp::domains::emulation::{ClearDeviceMetricsOverride, SetDeviceMetricsOverride},
    extensions::query::ElementQueryable as _,
};

/// A person who looks at one page at a time.
pub(crate) struct Visitor {
    driver: WebDriver,
}

impl Visitor {
    pub(crate) fn new(driver: WebDriver) -> Self {
        Self { driver }
    }

    /// Enters an address.
    pub(crate) async fn open(&self, address: &str) {
        self.driver.goto(address).await.expect("the page");
    }

    /// Waits until the page has this text.
    pub(crate) async fn sees(&self, text: &str) {
        let place = By::XPath(format!("//main[contains(normalize-space(.), \"{text}\")]"));
        if self.driver.query(place).first().await.is_err() {
            let page = self.script("return location.href + '\\n' + document.body.innerText").await;
            panic!("“{text}” is not to be seen at {}", page.as_str().unwrap_or("no page"));
        }
    }

    /// The page does not have this text. What else is on it has been seen before.
    pub(crate) async fn does_not_see(&self, text: &str) {
        let page = self.script("return document.body.innerText").await;
        assert!(!page.as_str().is_none_or(|page| page.contains(text)), "“{text}” is to be seen");
    }

    /// Follows the link with these words.
    pub(crate) async fn follows(&self, words: &str) {
        let link = By::XPath(format!("//main//a[normalize-space(.) = \"{words}\"]"));
        let link = self.driver.query(link).and_clickable().single().await;
        link.expect(words).click().await.expect(words);
    }

    /// Ticks the choice with these words.
    pub(crate) async fn ticks(&self, words: &str) {
        let label = By::XPath(format!("//label[contains(normalize-space(.), \"{words}\")]"));
        let label = self.driver.query(label).and_clickable().single().await;
        label.expect(words).click().await.expect(words);
    }

    /// Empties a field.
    pub(crate) async fn clears(&self, field: &str) {
        let found = self.driver.query(By::Name(field)).single().await.expect(field);
        found.clear().await.expect(field);
    }

    /// The identifiers and secrets that the page shows.
    pub(crate) async fn credentials(&self) -> Vec<String> {
        let shown = "return [...document.querySelectorAll('dd code')].map((it) => it.innerText)";
        let shown = self.script(shown).await;
        let shown = shown.as_array().into_iter().flatten().filter_map(Value::as_str);
        shown.map(str::to_owned).collect()
    }

    /// Presses the button with these words.
    pub(crate) async fn clicks(&self, words: &str) {
        let button = By::XPath(format!("//button[normalize-space(.) = \"{words}\"]"));
        let button = self.driver.query(button).and_clickable().single().await;
        button.expect(words).click().await.expect(words);
    }

    /// Types into a field.
    pub(crate) async fn types(&self, field: &str, text: &str) {
        let field = self.driver.query(By::Name(field)).single().await.expect(field);
        field.send_keys(text).await.expect(text);
    }

    /// What is in a field.
    pub(crate) async fn value(&self, field: &str) -> String {
        let found = self.driver.query(By::Name(field)).single().await.expect(field);
        found.value().await.expect(field).unwrap_or_default()
    }

    /// Presses keys, wherever the focus is.
    pub(crate) async fn presses(&self, keys: impl Into<TypingData>) {
        self.driver.action_chain().send_keys(keys).perform().await.expect("the keys are pressed");
    }

    /// The name of the field that has the focus, or the words on the button.
    pub(crate) async fn focused(&self) -> String {
        let focused = "const it = document.activeElement;
            return it.matches('input') ? it.name : it.matches('button') ? it.innerText : ''";
        self.script(focused).await.as_str().unwrap_or_default().to_owned()
    }

    /// Presses the tabulator until the button with these words has the focus.
    pub(crate) async fn goes_to(&self, words: &str) {
        for _ in 0..10 {
            if self.focused().await == words {
                return;
            }
            self.presses(thirtyfour::Key::Tab).await;
        }
        panic!("the tabulator does not lead to “{words}”");
    }

    /// The page is one of the ready-made ones: in its own style, which its policy admits, without
    /// scripts, and fits a phone.
    pub(crate) async fn is_on_a_sound_page(&self) {
        let style = "return getComputedStyle(document.body).display";
        assert_eq!(self.script(style).await, "grid");
        assert_eq!(self.script("return document.scripts.length").await, 0);
        let phone = SetDeviceMetricsOverride {
            width: 375,
            height: 800,
            device_scale_factor: 1.0,
            mobile: true,
            scale: None,
            screen_orientation: None,
        };
        let cdp = self.driver.cdp();
        cdp.send(phone).await.expect("a small window");
        let widths = "return [innerWidth, document.documentElement.scrollWidth]";
        assert_eq!(self.script(widths).await, serde_json::json!([375, 375]));
        cdp.send(ClearDeviceMetricsOverride).await.expect("a large window");
        // Clicks go to where things are once the window is drawn.
        let drawn = "return new Promise((drawn) => requestAnimationFrame(() => drawn(true)))";
        assert_eq!(self.script(drawn).await, true);
    }

    /// The access token that the quickstart's page has.
    pub(crate) async fn access_token(&self) -> Value {
        self.script("return JSON.parse(sessionStorage.getItem('tokens')).access_token").await
    }

    /// Forgets what the quickstart's page showed, so that the next answer is a new one.
    pub(crate) async fn clears_the_answer(&self) {
        self.script("document.querySelector('pre').textContent = ''").await;
    }

    /// The status with which the API answers the token that the quickstart's page has.
    pub(crate) async fn photos(&self) -> Value {
        let ask = "const token = JSON.parse(sessionStorage.getItem('tokens')).access_token;
            const headers = { Authorization: `Bearer ${token}` };
            return fetch('/photos', { headers }).then((response) => response.status)";
        self.script(ask).await
    }

    async fn script(&self, script: &str) -> Value {
        self.driver.execute(script, []).await.expect("the script runs").json().clone()
    }
}
