// Makes tabs of the samples in several languages. The language that was chosen last is shown on every page.
(() => {
    'use strict';
    const KEY = 'snapline-language';
    const all = [...document.querySelectorAll('.samples')].filter(it => it.children.length > 1);

    function kept() {
        try { return localStorage.getItem(KEY); } catch (error) { return null; }
    }

    function show(samples, language) {
        const tabs = [...samples.querySelectorAll('[role=tab]')];
        const wanted = tabs.some(tab => tab.dataset.language === language);
        const chosen = wanted ? language : tabs[0].dataset.language;
        for (const tab of tabs) {
            const on = tab.dataset.language === chosen;
            tab.setAttribute('aria-selected', on);
            tab.tabIndex = on ? 0 : -1;
            document.getElementById(tab.getAttribute('aria-controls')).hidden = !on;
        }
    }

    function choose(tab) {
        const before = tab.getBoundingClientRect().top;
        try { localStorage.setItem(KEY, tab.dataset.language); } catch (error) { /* shown, not kept */ }
        all.forEach(samples => show(samples, tab.dataset.language));
        // What stands above may have become longer or shorter.
        window.scrollBy(0, tab.getBoundingClientRect().top - before);
        tab.focus({ preventScroll: true });
    }

    all.forEach((samples, at) => {
        const list = document.createElement('div');
        list.setAttribute('role', 'tablist');
        list.setAttribute('aria-label', 'Language');
        [...samples.querySelectorAll('.sample')].forEach((sample, number) => {
            const tab = document.createElement('button');
            tab.type = 'button';
            tab.textContent = tab.dataset.language = sample.dataset.language;
            tab.id = `sample-tab-${at}-${number}`;
            sample.id = `sample-${at}-${number}`;
            tab.setAttribute('role', 'tab');
            tab.setAttribute('aria-controls', sample.id);
            sample.setAttribute('role', 'tabpanel');
            sample.setAttribute('aria-labelledby', tab.id);
            tab.addEventListener('click', () => choose(tab));
            list.append(tab);
        });
        list.addEventListener('keydown', event => {
            const tabs = [...list.children];
            const now = tabs.indexOf(document.activeElement);
            const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
            if (step === undefined || now < 0) return;
            // The arrows turn the book's pages otherwise.
            event.stopPropagation();
            event.preventDefault();
            choose(tabs[(now + step + tabs.length) % tabs.length]);
        });
        samples.prepend(list);
        samples.classList.add('tabs');
        show(samples, kept());
    });
})();
