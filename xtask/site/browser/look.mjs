// Opens every page of the site in Chromium, wide and narrow, light and dark, and takes a picture of each; searches it;
// reads it without JavaScript. Anything that a page asks of the network, an error of its scripts or a page that is
// wider than its window fails it. `cargo xtask docs --screenshots` starts it:
// look.mjs DRIVER CHROMIUM SITE PICTURES

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [driver, chromium, site, pictures] = process.argv.slice(2);
const { chromium: playwright } = await import(pathToFileURL(driver).href);

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const VIEWS = [
    { name: 'wide-light', colorScheme: 'light', viewport: { width: 1280, height: 900 } },
    { name: 'wide-dark', colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
    { name: 'narrow-light', colorScheme: 'light', viewport: { width: 390, height: 844 } },
    { name: 'narrow-dark', colorScheme: 'dark', viewport: { width: 390, height: 844 } },
];
// A picture need not show the end of a page of thousands of lines.
const HIGHEST = 6000;
// Pages of the reference are alike, and so are those of headers and stubs: so many of a folder are looked at.
const OF_A_FOLDER = 3;
const ALIKE = /^(reference|api\/[a-z]+)\//;

const listed = [...readFileSync(path.join(site, 'llms.txt'), 'utf8').matchAll(/^- \[.*?\]\((\S+?)\.md\)/gm)];
const seen = {};
const pages = listed.map(match => match[1])
    .filter(name => {
        const folder = name.match(ALIKE)?.[0];
        if (folder) seen[folder] = (seen[folder] ?? 0) + 1;
        return !folder || seen[folder] <= OF_A_FOLDER;
    });
const address = name => pathToFileURL(path.resolve(site, `${name}.html`)).href;

const faults = [];
rmSync(pictures, { recursive: true, force: true });
mkdirSync(pictures, { recursive: true });
const profile = mkdtempSync(path.join(tmpdir(), 'snapline-site-'));
const started = Date.now();

async function open(view, more = {}) {
    const context = await playwright.launchPersistentContext(path.join(profile, view.name + (more.name ?? '')), {
        executablePath: chromium, args: FLAGS, viewport: view.viewport, colorScheme: view.colorScheme,
        javaScriptEnabled: more.script ?? true,
    });
    const page = await context.newPage();
    let now = '';
    page.on('request', request => {
        if (!/^(file|data|blob):/.test(request.url())) faults.push(`${now} asks for ${request.url()}`);
    });
    page.on('requestfailed', request => faults.push(`${now}: ${request.url()} is not there`));
    page.on('pageerror', error => faults.push(`${now}: ${error}`));
    page.on('console', message => {
        if (message.type() === 'error') faults.push(`${now}: ${message.text()}`);
    });
    const go = async name => {
        now = `${name} (${view.name})`;
        await page.goto(address(name));
        await page.waitForLoadState('load');
    };
    return { context, page, go };
}

async function take(page, name) {
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    const { width } = page.viewportSize();
    await page.screenshot({
        path: path.join(pictures, `${name.replaceAll('/', '-')}.png`), fullPage: true,
        clip: { x: 0, y: 0, width, height: Math.min(height, HIGHEST) },
    });
}

for (const view of VIEWS) {
    const { context, page, go } = await open(view);
    for (const name of pages) {
        await go(name);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        if (over > 0) faults.push(`${name} (${view.name}) is ${over} pixels wider than its window`);
        const wrong = await page.evaluate(() => [...document.querySelectorAll('.samples.tabs')].filter(it =>
            [...it.querySelectorAll('.sample')].filter(sample => !sample.hidden).length !== 1).length);
        if (wrong) faults.push(`${name} (${view.name}): ${wrong} groups of samples do not show just one`);
        await take(page, `${name}.${view.name}`);
    }
    await context.close();
}

// What was searched for is found, on a page that was opened from a disk.
{
    const { context, page, go } = await open(VIEWS[0], { name: '-search' });
    await go('index');
    await page.keyboard.press('s');
    await page.locator('#mdbook-searchbar').pressSequentially('outcome_unknown');
    await page.waitForSelector('#mdbook-searchresults li', { timeout: 10_000 })
        .catch(() => faults.push('a search for outcome_unknown finds nothing'));
    const found = await page.locator('#mdbook-searchresults li').count();
    await take(page, 'search.wide-light');
    await page.click('#mdbook-searchresults li a').catch(() => faults.push('a result of the search leads nowhere'));
    console.log(`a search for outcome_unknown finds ${found} places`);
    await context.close();
}

// The choice of a language holds on other pages, by keyboard too; without scripts all languages are shown.
{
    const { context, page, go } = await open(VIEWS[0], { name: '-tabs' });
    for (const name of pages) {
        await go(name);
        const tabs = page.locator('.samples.tabs').first().locator('[role=tab]');
        if (await tabs.count() < 2) continue;
        await tabs.nth(0).focus();
        await page.keyboard.press('ArrowRight');
        const chosen = await tabs.nth(1).getAttribute('aria-selected');
        await go(name);
        const still = await tabs.nth(1).getAttribute('aria-selected');
        if (chosen !== 'true' || still !== 'true') faults.push(`${name}: a chosen tab is not kept`);
        await take(page, 'tabs.wide-light');
        await context.close();
        const plain = await open(VIEWS[0], { name: '-plain', script: false });
        await plain.go(name);
        const hidden = await plain.page.locator('.sample:not(:visible)').count();
        if (hidden) faults.push(`${name}: ${hidden} samples are not shown without JavaScript`);
        await take(plain.page, 'plain.wide-light');
        await plain.context.close();
        break;
    }
    await context.close();
}

rmSync(profile, { recursive: true, force: true });
console.log(`${pages.length} pages in ${VIEWS.length} views, ${Math.round((Date.now() - started) / 1000)} s: ${pictures}`);
if (faults.length) {
    console.error(`error: ${faults.join('\n       ')}`);
    process.exit(1);
}
