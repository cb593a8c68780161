/** Puts the widget on this page, as a site does by its snippet. */
export function addWidget(id: string): HTMLScriptElement {
  const script = document.createElement('script');
  script.src = '/widget.js';
  script.dataset['widget'] = id;
  script.addEventListener('error', () => say('The widget is not in this build of the server, so it cannot be shown.'));
  document.head.append(script);
  return script;
}

/** Shows why something is not there. */
export function say(words: string): void {
  const problem = document.getElementById('problem');
  if (problem === null) return;
  problem.textContent = words;
  problem.hidden = words === '';
}
