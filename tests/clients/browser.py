"""A browser without scripts: it keeps cookies, follows redirects and fills in forms."""

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests


class Forms(HTMLParser):
    """The forms of a page: where each goes, the names of its fields, the hidden ones' values."""

    def __init__(self, html):
        super().__init__()
        self.forms = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.forms.append({"action": attributes["action"], "names": set(), "hidden": {}})
        elif tag in ("input", "button") and self.forms and "name" in attributes:
            form, name = self.forms[-1], attributes["name"]
            form["names"].add(name)
            if attributes.get("type") == "hidden":
                form["hidden"][name] = attributes["value"]


class Browser:
    def __init__(self, issuer):
        self.issuer = issuer
        self.session = requests.Session()

    def authorize(self, url, decision):
        """Goes from an authorization request to the address at which the client gets the answer."""
        page = self.open("GET", url)
        if 'name="password"' in page.text:
            page = self.submit(page, username="demo", password="demo")
        return self.submit(page, decision=decision)

    def submit(self, page, **fields):
        """Fills in the form that has these fields, and sends it with those that are hidden in it."""
        forms = [form for form in Forms(page.text).forms if form["names"] >= fields.keys()]
        assert len(forms) == 1, page.text
        action = urljoin(page.url, forms[0]["action"])
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(page.url))
        form = {**forms[0]["hidden"], **fields}
        return self.open("POST", action, data=form, headers={"Origin": origin})

    def open(self, method, url, **request):
        """A page of the server, or the address of the client to which it leads."""
        for _ in range(10):
            if urlsplit(url)[:2] != urlsplit(self.issuer)[:2]:
                return url
            page = self.session.request(
                method, url, allow_redirects=False, timeout=10, **request
            )
            if "Location" not in page.headers:
                assert page.status_code == 200, page.text
                return page
            method, url, request = "GET", urljoin(url, page.headers["Location"]), {}
        raise AssertionError("too many redirects")
