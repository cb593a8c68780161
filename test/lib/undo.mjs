// What a test has set up is undone when it ends, the last first: a page is closed
// before the server goes away under it.

/** What is to be undone after each test that runs. */
const steps = new WeakMap();

/** Runs a step after the test. All steps run, whatever one says; the first complaint fails the test. */
export function undo(t, step) {
  const known = steps.get(t);
  if (known !== undefined) return void known.push(step);
  const list = [step];
  steps.set(t, list);
  t.after(async () => {
    const complaints = [];
    while (list.length > 0) {
      try {
        await list.pop()();
      } catch (e) {
        complaints.push(e);
      }
    }
    if (complaints.length > 0) throw complaints[0];
  });
}
