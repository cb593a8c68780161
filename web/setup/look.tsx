import { useEffect, useId, useRef, useState } from 'react';
import { Button, Card, Select, Switch, TextField } from '../ui';
import { accentAdvice, accentPraise, mostLogo, previewOf, type Look, type Widget } from './widget';

const themes = [
  { id: 'auto', label: 'As the visitor has it' },
  { id: 'light', label: 'Light' },
  { id: 'dark', label: 'Dark' },
] as const;

const positions = [
  { id: 'right', label: 'Right' },
  { id: 'left', label: 'Left' },
] as const;

/** Those that the widget speaks, as they call themselves. */
const languages = [
  ['auto', 'The page’s, or the visitor’s'], ['en', 'English'], ['ar', 'العربية'], ['de', 'Deutsch'], ['es', 'Español'], ['fr', 'Français'], ['he', 'עברית'], ['it', 'Italiano'],
  ['ja', '日本語'], ['nl', 'Nederlands'], ['pl', 'Polski'], ['pt', 'Português'], ['sv', 'Svenska'], ['tr', 'Türkçe'], ['zh', '中文'],
].map(([id, label]) => ({ id: id ?? '', label: label ?? '' }));

export function LookStep({ widget, onChange }: { widget: Widget; onChange(widget: Widget): void }) {
  const { look } = widget;
  const set = (change: Partial<Look>) => onChange({ ...widget, look: { ...look, ...change } });
  return (
    <div className="look">
      <Card>
        <TextField label="Name" hint="Only you see it." value={widget.name} onChange={(name) => onChange({ ...widget, name })} maxLength={100} />
        <TextField label="Title" value={look.title} onChange={(title) => set({ title })} maxLength={80} />
        <TextField label="Welcome" lines={2} value={look.welcome} onChange={(welcome) => set({ welcome })} maxLength={300} />
        <Accent accent={look.accent} onChange={(accent) => set({ accent })} />
        <div className="setup-pair">
          <Select<Look['theme']> label="Theme" options={themes} value={look.theme} onChange={(theme) => set({ theme })} />
          <Select<Look['position']> label="Corner" options={positions} value={look.position} onChange={(position) => set({ position })} />
        </div>
        <Select label="Language" options={languages} value={look.language} onChange={(language) => set({ language })} />
        <Logo logo={look.logo} onChange={(logo) => set({ logo })} />
      </Card>
      <Preview widget={widget} />
    </div>
  );
}

function Accent({ accent, onChange }: { accent: string; onChange(accent: string): void }) {
  const id = useId();
  const advice = accentAdvice(accent);
  const instead = advice?.instead ?? null;
  return (
    <div className="accent">
      <div className="accent-fields">
        <TextField label="Accent colour" value={accent} onChange={(a) => onChange(a.trim())} maxLength={7} error={advice !== null && instead === null ? advice.says : undefined} />
        <label className="unseen" htmlFor={id}>
          Choose the accent colour
        </label>
        <input id={id} type="color" value={/^#[0-9a-f]{6}$/i.test(accent) ? accent : '#000000'} onChange={(e) => onChange(e.target.value)} />
      </div>
      <p className="accent-says quiet" role="status">
        {advice === null ? accentPraise(accent) : instead === null ? '' : advice.says}
      </p>
      {instead !== null && (
        <Button size="small" onPress={() => onChange(instead)}>
          Use {instead} instead
        </Button>
      )}
    </div>
  );
}

function Logo({ logo, onChange }: { logo: string; onChange(logo: string): void }) {
  const id = useId();
  const [problem, setProblem] = useState('');
  const read = (file: File | undefined) => {
    if (file === undefined) return;
    const reader = new FileReader();
    reader.addEventListener('load', () => {
      const data = String(reader.result);
      const fits = data.length <= mostLogo;
      setProblem(fits ? '' : `It is too large: ${Math.ceil(file.size / 1024)} KB. Each visitor loads it, so it may have 29 KB at most.`);
      if (fits) onChange(data);
    });
    reader.readAsDataURL(file);
  };
  return (
    <div className="field logo">
      <label htmlFor={id}>Logo</label>
      <div className="logo-row">
        {logo !== '' && <img src={logo} alt="The logo" width="40" height="40" />}
        <input id={id} type="file" accept="image/png,image/jpeg,image/webp,image/svg+xml,image/gif" aria-describedby={`${id}-hint`} onChange={(e) => read(e.target.files?.[0])} />
        {logo !== '' && (
          <Button size="small" onPress={() => onChange('')}>
            Remove
          </Button>
        )}
      </div>
      <p id={`${id}-hint`} className={problem === '' ? 'accent-says quiet' : 'field-error'} role={problem === '' ? undefined : 'alert'}>
        {problem === '' ? 'A small square picture, up to 29 KB.' : problem}
      </p>
    </div>
  );
}

/** The widget itself, in a frame that cannot be entered, as the draft would have it. */
function Preview({ widget }: { widget: Widget }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [ready, setReady] = useState(false);
  const [open, setOpen] = useState(true);
  const config = JSON.stringify(previewOf(widget));
  useEffect(() => {
    const heard = (e: MessageEvent) => e.source === frame.current?.contentWindow && e.data === 'ready' && setReady(true);
    window.addEventListener('message', heard);
    return () => window.removeEventListener('message', heard);
  }, []);
  useEffect(() => {
    if (!ready || accentAdvice(widget.look.accent)?.says.startsWith('A colour')) return;
    const timer = setTimeout(() => {
      const dark = matchMedia('(prefers-color-scheme: dark)').matches;
      frame.current?.contentWindow?.postMessage({ config: JSON.parse(config) as unknown, open, dark }, location.origin);
    }, 200);
    return () => clearTimeout(timer);
  }, [ready, open, config, widget.look.accent]);
  return (
    <section className="preview" aria-label="Preview">
      <header>
        <h2>Preview</h2>
        <Switch label="Open" isSelected={open} onChange={setOpen} />
      </header>
      <iframe ref={frame} src="/setup/preview.html" title="Preview of the widget" inert />
    </section>
  );
}
