"""Reads a report as a browser would (html.parser) and as XML, and says what is wrong with it. Writes its text, cell for cell.

Arguments: the page, and the file to write its texts to, as JSON.
"""
import html.parser
import json
import sys
import xml.etree.ElementTree

VOID = {"meta", "col"}
text = open(sys.argv[1], encoding="utf-8", newline="").read()


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.links, self.headings, self.cells, self.tags = [], [], [], [], [], []
        self.labels, self.cell, self.words = [], None, []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        names = [name for name, _ in attributes]
        assert len(names) == len(set(names)), (tag, attributes)
        values = dict(attributes)
        assert not any(name.startswith("on") for name in values), values
        for name in ("src", "srcset", "action", "data", "poster", "background"):
            assert name not in values, (tag, values)
        if "href" in values:
            assert values["href"].startswith("#"), values
            self.links.append(values["href"][1:])
        if "id" in values:
            self.ids.append(values["id"])
        self.labels += values.get("aria-labelledby", "").split()
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.headings.append(int(tag[1]))
        if tag == "th":
            assert values.get("scope") in ("col", "row"), values
        if tag in ("td", "th"):
            self.cell = ""
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open)
        self.open.pop()
        if tag in ("td", "th"):
            self.cells.append(self.cell)
            self.cell = None

    def handle_data(self, data):
        if self.cell is not None:
            self.cell += data
        if not self.open or self.open[-1] != "style":
            self.words.append(data)

    def handle_comment(self, data):
        raise AssertionError("a comment: " + data)

    def handle_pi(self, data):
        raise AssertionError("a processing instruction: " + data)


page = Page()
page.feed(text)
page.close()
assert not page.open, page.open
assert len(page.ids) == len(set(page.ids)), "ids are repeated"
assert set(page.links) <= set(page.ids), set(page.links) - set(page.ids)
assert set(page.labels) <= set(page.ids), set(page.labels) - set(page.ids)
assert page.headings.count(1) == 1 and page.headings[0] == 1, page.headings
for before, after in zip(page.headings, page.headings[1:]):
    assert after <= before + 1, page.headings
for tag in ("script", "link", "img", "iframe", "object", "embed", "base", "form", "image", "use"):
    assert tag not in page.tags, tag
assert "@import" not in text and "url(" not in text.split("</style>")[0], "something is loaded"
assert text.count("<caption>") == page.tags.count("table")
root = xml.etree.ElementTree.fromstring(text.encode())
assert root.tag == "html" and root.get("lang"), root.attrib
for svg in root.iter("{http://www.w3.org/2000/svg}svg"):
    assert [child.tag.rsplit("}")[-1] for child in svg][:2] == ["title", "desc"], svg.attrib
json.dump({"cells": page.cells, "words": "".join(page.words)}, open(sys.argv[2], "w"))
