// The companion page as the user sees and uses it, with a scripted server behind it.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { cell, openBrowser, printed, ran, ScriptedHost, shot, shown, until } from "./scripted_page.mjs";

const uri = "file:///home/ada/my%20work/heights.py";
const path = "/home/ada/my work/heights.py";
const other = "/home/ada/other.py";
const sessions = [
  { uri, name: path, kernel: "python3", state: "busy", clients: ["Neovim", "Browser"], runningSince: 1 },
  { uri: `file://${other}`, name: other, kernel: "python3", state: "idle", agents: ["Helper"] },
];
const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300"><rect width="400" height="300" fill="#4c78a8"/></svg>`;
const deep = JSON.parse("[".repeat(3000) + "]".repeat(3000));

/** The cells of the usual document: the sixth one is running, and thirty follow. */
function usualCells() {
  return [
    cell("m", 0, { kind: "markdown", title: "Heights" }),
    cell("a", 1, { title: "Load", ...ran("r1", 1), outputs: [printed("5000 rows\n"), shown({ "image/svg+xml": svg })] }),
    cell("b", 2, { ...ran("r2", 2), fresh: false, stale: "text", mark: "stale", outputs: [{ kind: "result", count: 2, data: { "text/plain": "172.4" } }] }),
    cell("c", 3, { ...ran("r3", 3), outputs: [shown({ "application/json": deep }), shown({ "application/x-unheard-of": "?" })] }),
    cell("d", 4, { run: { id: "r4", state: "error", version: 1, count: 4, startedAt: 1000, endedAt: 1001 }, fresh: true, outputs: [{ kind: "error", name: "KeyError", message: "'x'", traceback: ["KeyError: 'x'"], frames: [{ name: "<module>", uri, range: { start: { line: 4, character: 0 }, end: { line: 4, character: 9 } } }] }] }),
    cell("e", 5, { title: "Train", run: { id: "r5", state: "running", version: 1, count: 5, startedAt: Date.now() / 1000 }, outputs: [printed("epoch 1\n")] }),
    ...Array.from({ length: 30 }, (_, at) => cell(`z${at}`, 6 + at, at === 0 ? { run: { id: "q0", state: "queued", version: 1 } } : {})),
  ];
}
const usualSources = {
  m: "# Heights\n\nSome *text* that is long enough for two lines once the page is narrow, as it says <img src=x onerror=alert(1)>",
  a: 'import pandas  # "quoted"\nframe = pandas.read_csv("heights.csv")',
  b: "frame.height.mean()",
  e: "train(frame)",
  ...Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`z${at}`, `step_${at} = [\n    ${at},\n]\n${"pass\n".repeat(5)}`])),
};

const { address, browser, served, close } = await openBrowser();
const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, acceptDownloads: true });
const page = await context.newPage();
page.setDefaultTimeout(20_000);
page.on("pageerror", (error) => assert.fail(`The page failed: ${error.message} ${error.stack}`));
const host = new ScriptedHost();
let cells = usualCells();
let sources = usualSources;
let kernel = { state: "busy", name: "python3", language: "python" };
let version = 1;
const sendDocument = () => {
  host.send({ type: "document", document: { uri, name: "heights.py", cells: { uri, version, kernel, cells } } });
  host.send({ type: "code", uri, sources });
};
const change = (...changed) => host.send({ type: "cells", params: { uri, version: ++version, cells: changed } });
host.answers = {
  "cellbridge/sessions": () => ({ result: { sessions } }),
  "cellbridge/variables": () => ({ result: { total: 1, variables: [{ key: "frame", name: "frame", type: "DataFrame", value: "5000 rows", children: false, table: false }] } }),
};
host.onMessage = (message) => {
  if (message.type === "ready") host.send({ type: "document", document: null });
  if (message.type === "choose" && message.path === path) sendDocument();
};

const passed = [];
async function check(what, act) {
  try {
    await act();
  } catch (error) {
    await shot(page, "failed");
    console.error(`FAILED: ${what}`);
    throw error;
  }
  passed.push(what);
  console.log(`ok  ${what}`);
}
const at = (id) => page.locator(`.cell[data-cell="${id}"]`);
const inSight = (id) =>
  page.evaluate((wanted) => {
    const box = document.querySelector(`.cell[data-cell="${wanted}"]`)?.getBoundingClientRect();
    const area = document.querySelector(".outputs").getBoundingClientRect();
    return box !== undefined && box.height > 0 && box.bottom > area.top + 5 && box.top < area.bottom - 5;
  }, id);
const endInSight = (id) =>
  page.evaluate((wanted) => document.querySelector(`.cell[data-cell="${wanted}"]`).getBoundingClientRect().bottom <= window.innerHeight, id);
const selected = () => page.evaluate(() => document.querySelector(".cell.selected")?.dataset.cell);
const press = (...keys) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());

try {
  await host.attach(page);
  await page.goto(address);
  await check("the sessions are listed, and one is chosen", async () => {
    const row = page.getByRole("button", { name: "heights.py" });
    await row.waitFor();
    assert.match(await row.innerText(), /busy\sfor\s.*Neovim/);
    assert.match(await page.getByRole("button", { name: "other.py" }).innerText(), /idle.*agent:\sHelper/);
    await row.click();
    await page.getByText("epoch 1").waitFor();
    assert.equal(new URL(page.url()).hash, "#/home/ada/my%20work/heights.py");
    assert.equal(await page.title(), "● running heights.py");
    assert.equal(await page.locator(".queue").innerText(), "cell 6 of 36 is running, 1 in the queue");
  });
  await check("on opening the running cell is in sight", () => until(page, "the running cell", () => inSight("e")));
  await check("it stays in sight while the page gets narrower", async () => {
    await press("v");
    await page.getByRole("tabpanel").getByText("frame", { exact: true }).waitFor();
    await until(page, "the end of the cell", () => endInSight("e"));
    await press("v");
    await until(page, "the end of the cell", () => endInSight("e"));
  });
  await check("code is coloured, Markdown is drawn, states are in words", async () => {
    await press("g");
    assert.equal(await at("a").locator(".code-comment").innerText(), '# "quoted"');
    assert.equal(await at("a").locator(".code-keyword").first().innerText(), "import");
    assert.equal(await at("m").locator("h1").innerText(), "Heights");
    assert.equal(await at("m").locator("img").count(), 0);
    assert.match(await at("b").locator(".state").innerText(), /1\.2 s, stale/);
    await at("d").getByText("failed after 1.0 s").waitFor();
    assert.equal(await at("m").locator("header").isVisible(), false);
  });
  await check("a display nested 3,000 deep, and a type that nobody knows", async () => {
    assert.ok((await at("c").locator("summary").count()) >= 2);
    await at("c").getByText("Cannot show an output of type application/x-unheard-of").waitFor();
  });
  await shot(page, "document");
  await check("keys: next, previous, first, last, folds, run, interrupt, help", async () => {
    await press("g");
    assert.equal(await selected(), "m");
    await press("j", "j", "j", "k");
    assert.equal(await selected(), "b");
    await press("Enter");
    await until(page, "the run", () => host.commands("cellbridge.runCell").length === 1);
    assert.deepEqual(host.last("command").argument, { uri, cell: "b", wait: false });
    await press("o");
    await at("b").getByText("1 output hidden").click();
    await at("b").getByText("172.4").waitFor();
    await press("c");
    assert.equal(await at("b").locator(".code").count(), 0);
    assert.equal(await at("b").locator(".folded-code").innerText(), "frame.height.mean() …");
    await press("C");
    assert.equal(await at("a").locator(".code").count(), 0);
    await press("C");
    assert.equal(await at("b").locator(".code").count(), 1);
    await press("i");
    await until(page, "the interrupt", () => host.commands("cellbridge.interrupt").length === 1);
    await press("G");
    assert.equal(await selected(), "z29");
    assert.ok(await inSight("z29"));
    await press("?");
    await page.getByRole("dialog").getByText("Interrupt the kernel").waitFor();
    await press("j", "Escape");
    assert.equal(await selected(), "z29");
  });
  await check("the cell that runs is followed, unless the user has scrolled away", async () => {
    const running = (id, text) => cell(id, 6 + Number(id.slice(1)), { run: { id: `run-${id}`, state: "running", version, startedAt: 1000 }, outputs: [printed(text)] });
    await press("f", "f");
    change({ ...cells[5], ...ran("r5", 5), outputs: [printed("epoch 1\n")] }, running("z1", "one\n"));
    await until(page, "the second cell", () => inSight("z1"));
    change(running("z29", "two\n"));
    await until(page, "the last cell", () => inSight("z29"));
    await page.mouse.move(600, 400);
    await page.mouse.wheel(0, -100_000);
    await until(page, "the start of the document", () => inSight("m"));
    change(running("z28", "three\n"));
    change(running("z29", "two\nmore\n"));
    await at("e").getByText("1.2 s").waitFor();
    assert.equal(await inSight("z28"), false);
    host.send({ type: "cursor", uri, cell: "z28" });
    await until(page, "the cell of the editor's cursor", () => inSight("z28"));
    assert.equal(await page.locator(".cell.current").getAttribute("data-cell"), "z28");
    await press("f");
    host.send({ type: "cursor", uri, cell: "m" });
    await until(page, "the mark of the cursor", async () => (await at("m").getAttribute("class")).includes("current"));
    assert.equal(await inSight("m"), false);
    await press("f");
    await until(page, "the cursor again", () => inSight("m"));
  });
  await check("input(): what is typed stays while the cell goes on, and no key is taken from it", async () => {
    const asking = (text) => cell("b", 2, { run: { id: "r9", state: "running", version, startedAt: 1000, waiting: { prompt: "Name? ", number: 1 } }, outputs: [printed(text)] });
    change(asking("a\n"));
    const field = at("b").getByLabel("Name?");
    await field.waitFor();
    await page.keyboard.type("jo");
    change(asking("a\nb\n"));
    await at("b").getByText("b", { exact: true }).waitFor();
    await page.keyboard.type("g?");
    assert.equal(await field.inputValue(), "jog?");
    assert.equal(await page.title(), "● waits for input heights.py");
    await press("Enter");
    await until(page, "the answer", () => host.commands("cellbridge.answerInput").length === 1);
    assert.deepEqual(host.last("command").argument, { uri, text: "jog?" });
    change(cell("b", 2, ran("r9", 9)));
    await field.waitFor({ state: "detached" });
  });
  await check("search finds code and outputs that are not drawn", async () => {
    await press("g", "/");
    await page.keyboard.type("step_29");
    await until(page, "the cell", () => inSight("z29"));
    assert.equal(await page.locator(".found").innerText(), "1 of 1");
    await page.getByPlaceholder("Search code and outputs").fill("5000 rows");
    await until(page, "the output", () => inSight("a"));
    await press("Escape");
  });
  await check("a link to a line, and a command of the editor, lead to their cells", async () => {
    host.send({ type: "show", tab: "outputs", cell: "z20" });
    await until(page, "the cell", () => inSight("z20"));
    await press("g");
    await at("d").locator(".frames .link").click();
    await until(page, "the cell of the line", async () => (await selected()) === "a");
    assert.equal(host.last("reveal").range.start.line, 4);
  });
  await check("variables stand next to the document", async () => {
    await press("v");
    await page.getByRole("tabpanel", { name: "Variables" }).getByText("frame", { exact: true }).waitFor();
    await shot(page, "variables");
    await press("v");
    assert.equal(await page.getByRole("tabpanel").count(), 0);
  });
  await check("saving, copying and opening addresses", async () => {
    await at("a").locator(".output").last().hover();
    const [download] = await Promise.all([page.waitForEvent("download"), at("a").getByLabel("Save this output").last().click()]);
    assert.equal(download.suggestedFilename(), "output.svg");
    assert.equal(await readFile(await download.path(), "utf8"), svg);
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await at("a").locator(".output").first().hover();
    await at("a").getByLabel("Copy this output").first().click();
    await until(page, "the text", async () => (await page.evaluate(() => navigator.clipboard.readText())) === "5000 rows\n");
    // Without the permission the old way is left.
    await page.evaluate(() => (navigator.clipboard.writeText = () => Promise.reject(new Error("refused"))));
    await at("b").hover();
    await at("b").getByLabel("Copy the cell's outputs as text").click();
    change(cell("b", 2, { ...ran("r10", 10), outputs: [printed("copied\n")] }));
    await at("b").getByText("copied").waitFor();
    await at("b").getByLabel("Copy the cell's outputs as text").click();
    await until(page, "the other text", async () => (await page.evaluate(() => navigator.clipboard.readText())) === "copied\n");
    host.send({ type: "code", uri, sources: { m: "[web](https://web.test/a) [bad](javascript:alert(1)) [file](file:///etc/passwd)" } });
    await context.route("https://web.test/**", (route) => route.fulfill({ contentType: "text/html", body: "<title>other</title>" }));
    await page.keyboard.press("g");
    const [opened] = await Promise.all([context.waitForEvent("page"), at("m").getByText("web").click()]);
    await opened.waitForLoadState();
    assert.equal(await opened.evaluate(() => window.opener), null);
    assert.equal(await opened.evaluate(() => document.referrer), "");
    await opened.close();
    assert.equal(await at("m").locator("a").count(), 1);
  });
  await check("a lost connection is shown and restored, and what is drawn stays", async () => {
    await at("a").locator(".output").first().evaluate((element) => (element.dataset.same = "yes"));
    // The server's state is the page's, as after a short interruption.
    cells = usualCells();
    host.refusing = true;
    await host.socket.close();
    await page.getByText("The connection to Cellbridge was lost.").waitFor();
    host.received.length = 0;
    host.refusing = false;
    // The page may be connected again before the click.
    await page.getByText("Try now").evaluate((button) => button.click());
    await page.getByText("The connection to Cellbridge was lost.").waitFor({ state: "hidden" });
    await until(page, "the greeting", () => host.last("visible"));
    assert.deepEqual(host.received.slice(0, 3).map(({ type }) => type), ["ready", "choose", "visible"]);
    await at("e").getByText(/^running/).waitFor();
    assert.equal(await at("a").locator("[data-same=yes]").count(), 1);
  });
  await check("a permission that has ended is said, and messages are shown", async () => {
    host.send({ type: "message", text: "The kernel did not start.", kind: "error" });
    await page.getByText("The kernel did not start.").waitFor();
    await page.getByLabel("Close the message").click();
    served.status = 401;
    host.refusing = true;
    await host.socket.close();
    await page.getByText("This page has expired").waitFor();
    served.status = 200;
    host.refusing = false;
  });
  await check("a choice of colours outlives the page, and text has contrast in both", async () => {
    for (const theme of ["light", "dark"]) {
      await page.getByLabel(/^Colours:/).click();
      await page.reload();
      await page.getByText("epoch 1").waitFor();
      assert.equal(await page.getByLabel(`Colours: ${theme}`).count(), 1);
      for (const selector of [".session-words", ".cell .state", ".code-comment", ".code-string", ".code-keyword", ".kernel"]) {
        const ratio = await page.locator(selector).first().evaluate(contrast);
        assert.ok(ratio >= 4.5, `${selector} in ${theme}: ${ratio.toFixed(2)}`);
      }
      await shot(page, theme);
    }
    assert.equal(await page.evaluate(() => [...document.querySelectorAll("button")].filter((button) => button.checkVisibility() && !button.getAttribute("aria-label") && !button.textContent.trim()).length), 0);
  });
  await check("a narrow page has a menu of sessions, and nothing is cut off", async () => {
    await page.setViewportSize({ width: 380, height: 760 });
    assert.equal(await page.getByRole("button", { name: "other.py" }).isVisible(), false);
    await page.getByLabel("Sessions", { exact: true }).first().click();
    await page.getByRole("button", { name: "other.py" }).waitFor();
    await shot(page, "narrow-menu");
    await page.getByRole("button", { name: "other.py" }).click();
    await until(page, "the choice", () => host.last("choose").path === other);
    await page.goBack();
    await page.getByText("epoch 1").waitFor();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
    await shot(page, "narrow");
    await page.setViewportSize({ width: 1200, height: 800 });
  });
  await check("on paper there are all cells and all lines, and no tools", async () => {
    cells = [...usualCells().slice(0, 5), cell("long", 5, { ...ran("r6", 6), outputs: [printed(Array.from({ length: 900 }, (_, line) => `line ${line}`).join("\n"))] }), ...Array.from({ length: 300 }, (_, at) => cell(`p${at}`, 6 + at))];
    sources = { ...usualSources, ...Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`p${at}`, `paper_${at}`])) };
    sendDocument();
    await until(page, "the new document", () => at("long").count());
    assert.ok((await page.locator(".cell").count()) < 200);
    await page.emulateMedia({ media: "print" });
    await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
    assert.equal(await page.locator(".cell .code").count(), 302);
    assert.equal(await at("long").locator(".line").count(), 900);
    assert.equal(await page.locator(".page-head .tools:visible, .page-sessions:visible").count(), 0);
    assert.ok(await at("p299").evaluate((element) => element.getBoundingClientRect().bottom <= document.documentElement.scrollHeight));
    await page.emulateMedia({ media: "screen" });
    await page.evaluate(() => window.dispatchEvent(new Event("afterprint")));
    assert.ok((await at("long").locator(".line").count()) < 150);
  });
  await check("10,000 cells and 200,000 lines cost a screenful", async () => {
    cells = Array.from({ length: 10_000 }, (_, index) => cell(`n${index}`, index, { ...ran(`n${index}`, index), outputs: [printed(`result ${index}\n`)] }));
    cells[9000].outputs = [printed(Array.from({ length: 200_000 }, (_, line) => `line ${line}`).join("\n"))];
    sources = Object.fromEntries(cells.map(({ id }, index) => [id, `compute(${index})\n${"# more\n".repeat(index % 7)}`]));
    sendDocument();
    await until(page, "the new document", () => page.evaluate(() => document.querySelector(".cell")?.dataset.cell.startsWith("n")));
    await press("g");
    assert.equal(await selected(), "n0");
    assert.ok((await page.locator(".cell").count()) < 300);
    await press("G");
    assert.equal(await selected(), "n9999");
    await until(page, "the last cell", () => inSight("n9999"));
    await press("/");
    await page.keyboard.type("compute(9000)");
    await until(page, "the long output", () => at("n9000").locator(".line", { hasText: "line 0" }).first().isVisible());
    await press("Escape");
    const text = at("n9000").locator(".text");
    for (const part of [0.25, 0.5, 0.75]) {
      await text.evaluate((element, share) => (element.scrollTop = element.scrollHeight * share), part);
      await at("n9000").getByText(new RegExp(`^line ${200_000 * part}$`)).waitFor();
    }
    assert.ok((await text.locator(".line").count()) < 150);
    assert.ok((await page.locator("*").count()) < 20_000);
    // A cell keeps its place while cells above it get their true heights.
    await press("G", "k", "k");
    const before = await at("n9997").boundingBox();
    change(cells[2]);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    assert.ok(Math.abs((await at("n9997").boundingBox()).y - before.y) < 2);
  });
} finally {
  await close();
}
console.log(`${passed.length} checks passed`);

/** The ratio of the contrast of an element's text with what is behind it, as WCAG defines it. */
function contrast(element) {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const lightOf = (...colours) => {
    // Later colours cover earlier ones as far as they are opaque.
    for (const colour of colours) {
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
    }
    const [red, green, blue] = [...canvas.getImageData(0, 0, 1, 1).data].map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = [];
  for (let one = element; one !== null; one = one.parentElement) behind.unshift(getComputedStyle(one).backgroundColor);
  const [light, dark] = [lightOf(...behind), lightOf(getComputedStyle(element).color)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}
