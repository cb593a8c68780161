import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { Banner, Button } from '../ui';
import { goTo, toasts } from './page';
import { LookStep } from './look';
import type { Office } from './office';
import { PasteStep } from './paste';
import { newId, steps, type Step } from './place';
import { words } from './problem';
import { WhereStep } from './where';
import { accentAdvice, newWidget, wireOf, wrongOrigin, type Widget } from './widget';

const titles: Readonly<Record<Step, string>> = { look: 'Look', where: 'Where and who', paste: 'On your site' };

const heads: Readonly<Record<Step, string>> = { look: 'How shall it look?', where: 'Where may it be?', paste: 'Put it on your site' };

/** One widget, step by step. Each step is saved when it is left. */
export function Editor({ office, widget, step, onSaved }: { office: Office; widget: Widget | null; step: Step; onSaved(widget: Widget): void }) {
  const [draft, setDraft] = useState(() => widget ?? newWidget());
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const head = useRef<HTMLHeadingElement>(null);
  const came = useRef(step);
  useLayoutEffect(() => {
    // A new widget has come by its id, or another step: read on from the top.
    if (came.current !== step || document.activeElement === document.body) head.current?.focus();
    came.current = step;
  }, [step]);

  const unsaved = JSON.stringify(wireOf(draft)) !== JSON.stringify(wireOf(widget ?? newWidget()));
  useEffect(() => {
    if (!unsaved) return undefined;
    const ask = (e: BeforeUnloadEvent) => e.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [unsaved]);

  const change = (next: Widget) => {
    setDraft(next);
    setProblem(null);
  };
  const wrong = () => {
    if (draft.name.trim() === '') return 'The widget needs a name.';
    if (accentAdvice(draft.look.accent)?.instead === null) return 'The colour cannot be read.';
    const origin = wrongOrigin(draft.origins);
    return origin === null ? null : `${origin} is not the address of a site.`;
  };
  const saved = async (): Promise<Widget | null> => {
    const w = wrong();
    if (w !== null) {
      setProblem(w);
      return null;
    }
    setBusy(true);
    try {
      const kept = await office.put(draft);
      setDraft(kept);
      onSaved(kept);
      return kept;
    } catch (e) {
      setProblem(words(e));
      return null;
    } finally {
      setBusy(false);
    }
  };
  const leave = async (to: Step) => {
    if (to === step) return;
    const kept = step === 'paste' ? draft : await saved();
    if (kept !== null) goTo({ at: 'widget', id: kept.id, step: to });
  };
  const at = steps.indexOf(step);
  const next = steps[at + 1];
  const before = steps[at - 1];
  return (
    <>
      <nav aria-label="Steps" className="steps">
        <ol>
          {steps.map((s, i) => (
            <li key={s}>
              <Button look="ghost" size="small" className={`step ${i < at ? 'done' : ''}`} isDisabled={busy} {...(s === step ? { 'aria-current': 'step' as const } : {})} onPress={() => void leave(s)}>
                {i + 1}. {titles[s]}
              </Button>
            </li>
          ))}
        </ol>
      </nav>
      <header className="setup-head">
        <h1 ref={head} tabIndex={-1}>
          {heads[step]}
        </h1>
      </header>
      {problem !== null && (
        <div role="alert">
          <Banner tone="bad">{problem}</Banner>
        </div>
      )}
      {step === 'look' && <LookStep widget={draft} onChange={change} />}
      {step === 'where' && (
        <WhereStep
          office={office}
          widget={draft}
          onChange={change}
          onRotated={(w) => {
            setDraft((d) => ({ ...d, secrets: w.secrets }));
            onSaved(w);
          }}
        />
      )}
      {step === 'paste' && <PasteStep widget={draft} />}
      <footer className="setup-foot">
        {before !== undefined && (
          <Button isDisabled={busy} onPress={() => void leave(before)}>
            Back
          </Button>
        )}
        <span className="setup-grow" />
        {next === undefined ? (
          <Button onPress={() => goTo({ at: 'list' })}>All widgets</Button>
        ) : (
          <>
            {draft.id !== newId && (
              <Button isDisabled={busy} onPress={() => void saved().then((w) => w !== null && toasts.show('good', 'Saved.'))}>
                Save
              </Button>
            )}
            <Button look="primary" isDisabled={busy} onPress={() => void leave(next)}>
              {busy ? 'Saving…' : 'Save and go on'}
            </Button>
          </>
        )}
      </footer>
    </>
  );
}
