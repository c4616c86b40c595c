"""The picture: in a real browser where there is one, as text everywhere."""

from __future__ import annotations

import io
import json
import re
import shutil
import xml.etree.ElementTree as ElementTree
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from metathink.core.errors import InvalidInput
from metathink.memory import open_memory
from metathink.memory.graph.picture import Picture, picture_of

EVIL = '</script><img src=x onerror="window.hurt=1">'
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


async def drawn(about: str | None = None, limit: int = 300) -> Picture:
    async with open_memory() as memory:
        await memory.graph.declare_single_valued("lives_in")
        await memory.graph.add_facts(
            [
                ("Ada", "wrote", "Note G"),
                ("Note G", "describes", "Analytical Engine"),
                ("Babbage", "designed", "Analytical Engine"),
                ("Ada", "lives_in", "London"),
                (EVIL, "is", EVIL),
            ],
            source="letters & notes",
        )
        await memory.graph.add_facts([("Ada", "lives_in", "Paris")], source="later letters")
        await memory.graph.add_alias("Countess of Lovelace", "Ada")
        return picture_of(await memory.graph.view(), about=about, limit=limit)


async def test_a_page_holds_everything_and_asks_for_nothing() -> None:
    page = (await drawn()).html()
    assert "{{" not in page
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", page.replace(EVIL, ""))
    assert "<img" not in page
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1])  # type: ignore[index]
    ada = next(entity for entity in data["entities"] if entity["name"] == "Ada")
    assert ada["aliases"] == ["Countess of Lovelace"]
    told = [data["facts"][number] for number in ada["facts"]]
    assert {(fact["object"], fact["past"]) for fact in told} == {
        ("Note G", False),
        ("London", True),
        ("Paris", False),
    }
    assert {fact["source"] for fact in told} == {"letters & notes", "later letters"}


async def test_an_svg_is_well_formed_and_the_same_every_time() -> None:
    one, two = (await drawn()).svg(), (await drawn()).svg()
    root = ElementTree.fromstring(one)
    assert root.tag.endswith("svg")
    assert len(root.findall(".//{*}circle")) == 6
    assert one == two


async def test_an_svg_is_well_formed_whatever_the_names() -> None:
    async with open_memory() as memory:
        await memory.graph.add_facts([("a\ufffeb", "knows", "c & d")], "s")
        svg = picture_of(await memory.graph.view()).svg()
    titles = [title.text for title in ElementTree.fromstring(svg).iter() if title.text]
    assert {"a\ufffdb", "c & d"} <= set(titles)


async def test_around_an_entity_the_nearest_are_drawn() -> None:
    picture = await drawn("Babbage", 3)
    assert [entity.name for entity in picture.entities] == [
        "Babbage",
        "Analytical Engine",
        "Note G",
    ]


async def test_nothing_to_draw_is_said() -> None:
    async with open_memory() as memory:
        with pytest.raises(InvalidInput, match="nothing to draw"):
            picture_of(await memory.graph.view())
    with pytest.raises(InvalidInput, match="no entity"):
        await drawn("Nobody")


async def test_a_large_graph_is_drawn_by_its_best_connected() -> None:
    async with open_memory() as memory:
        facts = [("Hub", "knows", f"N{i}") for i in range(500)] + [("N1", "knows", "N2")]
        await memory.graph.add_facts(facts, source="s")
        picture = picture_of(await memory.graph.view(), limit=50)
    assert len(picture.entities) == 50
    assert picture.entities[0].name == "Hub"
    assert "50 of 501 entities" in picture.summary
    assert picture._data()["entities"][0]["more"] == 300


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator:
    """The picture, open in Debian's Chromium; every request it makes is counted."""
    playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
    if not Path(CHROMIUM).exists():
        pytest.skip("there is no Chromium here")
    path = tmp_path / "graph.html"
    path.write_text((await drawn()).html(), encoding="utf-8")
    async with playwright.async_playwright() as started:
        browser = await started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        tab = await browser.new_page(viewport={"width": 1000, "height": 700})
        tab.requests = []
        tab.faults = []
        tab.on("request", lambda request: tab.requests.append(request.url))
        tab.on("pageerror", lambda fault: tab.faults.append(str(fault)))
        tab.on("console", lambda said: said.type == "error" and tab.faults.append(said.text))
        await tab.goto(path.as_uri())
        yield tab
        assert tab.faults == []
        assert all(url == path.as_uri() for url in tab.requests)
        await browser.close()


async def view_of(page) -> list[float]:
    box = await page.evaluate("document.querySelector('svg').getAttribute('viewBox')")
    return [float(part) for part in box.split()]


async def test_search_then_read_the_facts_with_their_sources(page) -> None:
    await page.fill("#search", "countess")
    await page.click("#hits button")
    panel = await page.inner_text("#panel")
    assert "Ada" in panel and "also Countess of Lovelace" in panel
    assert "wrote" in panel and "source: letters & notes" in panel
    assert "no longer believed since" in panel
    await page.click("#panel .other >> text=Note G")
    assert (await page.inner_text("#panel h1")) == "Note G"


async def test_click_an_entity(page) -> None:
    circle = page.locator("circle.node").nth(0)
    name = await circle.locator("title").text_content()
    await circle.click()
    assert (await page.inner_text("#panel h1")) == name
    assert await page.locator("circle.away").count() > 0


async def test_pan_and_zoom(page) -> None:
    before = await view_of(page)
    await page.mouse.move(300, 650)
    await page.mouse.down()
    await page.mouse.move(380, 600, steps=4)
    await page.mouse.up()
    panned = await view_of(page)
    assert panned[0] < before[0] and panned[1] > before[1] and panned[2:] == before[2:]
    await page.mouse.move(300, 300)
    await page.mouse.wheel(0, -400)
    await page.wait_for_function(
        "width => document.querySelector('svg').viewBox.baseVal.width < width", arg=panned[2]
    )
    await page.click("#out")
    await page.click("#fit")
    assert await view_of(page) == before


async def test_stored_text_does_nothing_in_the_page(page) -> None:
    await page.fill("#search", "onerror")
    await page.click("#hits button")
    assert (await page.inner_text("#panel h1")) == EVIL
    assert await page.evaluate("window.hurt") is None


async def test_a_png_shows_circles_and_names_of_any_script() -> None:
    pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
    from matplotlib.image import imread

    async with open_memory() as memory:
        await memory.graph.add_facts([("$x_1$", "is", "红楼梦"), ("🚀", "links", "🚀")], "s")
        shown = picture_of(await memory.graph.view())
    image = shown.png()
    assert image.startswith(b"\x89PNG")
    pixels = imread(io.BytesIO(image))
    _, _, width, height = shown._frame()
    assert pixels.shape[:2] == pytest.approx((2 * height, 2 * width), abs=2)
    x, y = (
        round(2 * (at - edge)) for at, edge in zip(shown.places[0], shown._frame(), strict=False)
    )
    colour = [int(shown._colour(0)[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    assert pixels[y, x, :3] == pytest.approx(colour, abs=0.02)


async def test_a_huge_png_has_a_bounded_size() -> None:
    pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
    from metathink.memory.graph.picture_png import png

    image = png((0.0, 0.0, 9_000.0, 100.0), [(50.0, 50.0)], [], [5.0], ["#ff0000"], {})
    assert int.from_bytes(image[16:20]) == pytest.approx(6_000, abs=2)
