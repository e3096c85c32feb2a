(() => {
  "use strict";
  const form = document.querySelector(".filters");
  // What engineers need is text until somebody opens it: elements for thousands of records would slow the page down.
  document.addEventListener("toggle", ({ target }) => {
    const text = target.open && target.querySelector(":scope > noscript");
    if (text) {
      const made = document.createElement("div");
      made.innerHTML = text.textContent;
      text.replaceWith(made);
    }
  }, true);

  const changes = [...document.querySelectorAll(".change")].map((element) => (
    { element, names: element.classList, size: Number(element.dataset.size ?? 1), text: null }
  ));
  const sections = [...document.querySelectorAll(".group")];
  const total = changes.reduce((sum, { size }) => sum + size, 0);
  const risks = ["money", "inbox", "access"];

  const filter = () => {
    const words = form.querySelector("[type=search]").value.toLowerCase().split(/\s+/).filter(Boolean);
    const off = [...form.querySelectorAll("[type=checkbox]:not(:checked)")].map(({ value }) => value);
    const chosen = [...form.querySelectorAll("[type=radio]:checked")].map(({ value }) => value).filter(Boolean);
    let shown = 0;
    for (const change of changes) {
      const { element, names } = change;
      const visible = !off.some((name) => names.contains(name))
        && chosen.every((name) => (name === "none" ? !risks.some((risk) => names.contains(risk)) : names.contains(name)))
        && (!words.length || words.every((word) => (change.text ??= element.textContent.toLowerCase()).includes(word)));
      if (visible) shown += change.size;
      if (element.hidden === visible) element.hidden = !visible;
    }
    for (const section of sections) section.hidden = !section.querySelector(".change:not([hidden])");
    const all = shown === total && !words.length;
    form.querySelector(".shown").textContent = all ? "" : `${shown.toLocaleString("en")} of ${total.toLocaleString("en")} shown`;
  };

  // A link to a record shows it, whatever is filtered away or folded.
  const follow = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (form && target.closest("[hidden]")) {
      form.reset();
      filter();
    }
    for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    target.scrollIntoView();
  };
  window.addEventListener("hashchange", follow);

  if (form) {
    form.hidden = false;
    form.querySelector("details").open = matchMedia("(min-width: 900px)").matches;
    form.addEventListener("input", filter);
    form.addEventListener("reset", () => setTimeout(filter));
    form.addEventListener("submit", (event) => event.preventDefault());
    // A browser that reloads a page keeps what was typed.
    filter();
  }
  if (location.hash) follow();
})();
