"""What browser tests look for, in the browser's own words: each is a function for ``evaluate``."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

COLUMNS = """(canvas, [red, green, blue]) => {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    return Array.from({ length: width }, (_, x) => {
        for (let y = 0; y < height; y++) {
            const at = (y * width + x) * 4;
            if (data[at] === red && data[at + 1] === green && data[at + 2] === blue && data[at + 3] === 255) {
                return "1";
            }
        }
        return "0";
    }).join("");
}"""
"""For each column of a canvas, 1 where it has a pixel of exactly this colour."""

TOO_SMALL = """() => {
    const kinds = "a, button, select, summary, input:not([type=hidden], [type=radio])";
    return [...document.querySelectorAll(kinds)]
        .filter((element) => element.checkVisibility() && !element.closest(".skip, p:not(.back, .save)"))
        .filter((element) => element.getBoundingClientRect().height < 43.5)
        .map((element) => element.outerHTML.slice(0, 80));
}"""
"""What is to be touched and is lower than 44 px; links within a sentence are as high as their line."""

CONTRAST = """() => {
    const number = (text) => text.match(/[\\d.]+/g).map(Number);
    const light = (colour) => colour.slice(0, 3).map((v) => v / 255)
        .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = (element) => {
        for (let around = element; around; around = around.parentElement) {
            const colour = number(getComputedStyle(around).backgroundColor);
            if (colour.length === 3 || colour[3] === 1) return colour;
        }
        return [255, 255, 255];
    };
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const poor = [];
    while (texts.nextNode()) {
        const text = texts.currentNode.data.trim();
        const element = texts.currentNode.parentElement;
        if (!text || !element.checkVisibility() || element.closest(".shot")) continue;
        const style = getComputedStyle(element);
        const [high, low] = [light(number(style.color)), light(behind(element))].sort((a, b) => b - a);
        const enough = parseFloat(style.fontSize) >= 24 ? 3 : 4.5;
        if ((high + 0.05) / (low + 0.05) < enough) poor.push(`${text}: ${style.color}`);
    }
    return poor;
}"""
"""Texts whose contrast is below AA of WCAG 2.2 (4.5, or 3 for large ones); those on pictures left out."""

PLAY = """async (video) => {
    video.muted = true;
    await video.play();
    await new Promise((done) => {
        video.addEventListener("timeupdate", () => video.currentTime > 0.2 && done());
    });
    return video.duration;
}"""
"""Play a video for a moment; its length in seconds."""

COVERED = """(within) => {
    const parts = [...document.querySelectorAll(["label", "input", ".step", ".primary", "summary"]
        .map((kind) => `${within} ${kind}`).join())].filter((part) => part.checkVisibility());
    const boxes = parts.map((part) => [part, part.getBoundingClientRect()]);
    return boxes.flatMap(([one, a], n) => boxes.slice(n + 1)
        .filter(([other]) => !one.contains(other))
        .filter(([, b]) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
        .map(([other]) => `${one.outerHTML.slice(0, 60)} and ${other.outerHTML.slice(0, 60)}`));
}"""
"""Parts of the form ``within`` that lie on one another, though neither is in the other."""

UNDER_THE_MENU = """() => {
    const label = [...document.querySelectorAll(".dygraph-axis-label")].at(-1);
    const menu = document.querySelector(".nav").getBoundingClientRect();
    scrollBy(0, label.getBoundingClientRect().top - menu.top - 5);
    const { left, top, width } = label.getBoundingClientRect();
    return document.elementFromPoint(left + width / 2, top + 3).closest(".nav") !== null;
}"""
"""Scroll a chart to where a phone's menu is; whether the menu lies over it."""

_AXE = Axe()


def found_by_axe(page: Page) -> list[str]:
    """What axe-core finds wrong on ``page``, each as a sentence with the part of the page it is about.

    It is evaluated by the browser's debugger, which the page's Content-Security-Policy does not bind: the
    policy stays in force for all that the page itself does, so the page is looked at as it is served.
    """
    violations = _AXE.run(page).response["violations"]
    return [
        f"{found['impact']}: {found['help']}: {node['html'][:120]}"
        for found in violations
        for node in found["nodes"]
    ]
