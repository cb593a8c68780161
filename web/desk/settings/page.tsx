import { useState } from 'react';
import { Button, Card, Select, Switch } from '../../ui';
import { useController, useSettings } from '../app/context';
import { play } from '../attention/sounds';
import { clashes, commandNames, commands, keyName, keysOf, printed, type Command } from '../shortcuts/shortcuts';
import { askToNotify, mayNotify } from './notify';
import { languages, type Settings } from './settings';
import '../history/history.css';
import './settings.css';

/** What an agent can choose for this browser; every choice counts at once. */
export function SettingsPage() {
  const { settings } = useController();
  const s = useSettings();
  const set = (change: Partial<Settings>) => settings.dispatch(change);
  return (
    <section className="page" aria-label="Settings">
      <header>
        <h1>Settings</h1>
        <p className="quiet">For this browser. They count at once.</p>
      </header>
      <Card title="Look">
        <div className="settings-grid">
          <Select
            label="Theme"
            options={[
              { id: 'auto', label: 'As the system' },
              { id: 'light', label: 'Light' },
              { id: 'dark', label: 'Dark' },
            ]}
            value={s.theme}
            onChange={(theme) => set({ theme })}
          />
          <Select
            label="Density"
            options={[
              { id: 'comfortable', label: 'Comfortable' },
              { id: 'compact', label: 'Compact' },
            ]}
            value={s.density}
            onChange={(density) => set({ density })}
          />
          <Select
            label="Dates and times"
            options={languages.map((l) => ({ id: l, label: l === '' ? 'As the browser' : nameOf(l) }))}
            value={s.dates as (typeof languages)[number]}
            onChange={(dates) => set({ dates })}
          />
        </div>
      </Card>
      <Card title="Attention">
        <Switch label="Sounds" hint="When a chat rings, a customer writes or a chat ends." isSelected={s.sounds} onChange={(sounds) => set({ sounds })} />
        <label className="settings-volume">
          Volume
          <input type="range" min={0} max={100} value={Math.round(s.volume * 100)} disabled={!s.sounds} onChange={(e) => set({ volume: Number(e.currentTarget.value) / 100 })} />
          <Button size="small" icon="bell" isDisabled={!s.sounds} onPress={() => play('ring', s.volume)}>
            Try it
          </Button>
        </label>
        <Switch
          label="Notifications"
          hint={mayNotify() === 'denied' ? 'This browser forbids them for this site.' : 'When the desk is not in front.'}
          isSelected={s.notifications && mayNotify() === 'granted'}
          isDisabled={mayNotify() === 'denied'}
          onChange={(on) => (on ? void askToNotify(set) : set({ notifications: false, asked: true }))}
        />
      </Card>
      <Card title="Keyboard shortcuts">
        <Switch label="Shortcuts" hint="Keys that act wherever you are. Without them everything is reached by Tab, arrows and Enter." isSelected={s.shortcuts} onChange={(shortcuts) => set({ shortcuts })} />
        {s.shortcuts && <Keys changed={s.keys} onChange={(keys) => set({ keys })} />}
      </Card>
    </section>
  );
}

function nameOf(language: string): string {
  return new Intl.DisplayNames([language], { type: 'language' }).of(language) ?? language;
}

/** Each command and its key: choose one, press another. */
function Keys({ changed, onChange }: { changed: Readonly<Record<string, string>>; onChange(keys: Readonly<Record<string, string>>): void }) {
  const [listening, setListening] = useState<Command | null>(null);
  const keys = keysOf(changed);
  const twice = clashes(keys);
  const set = (c: Command, key: string | null) => {
    const { [c]: _, ...others } = changed;
    onChange(key === null || key === commands[c].key ? others : { ...others, [c]: key });
  };
  return (
    <>
      <ul className="settings-keys">
        {commandNames.map((c) => (
          <li key={c}>
            <span>
              {commands[c].label}
              {twice.includes(c) && <small className="settings-clash">Two commands have this key.</small>}
            </span>
            <button
              type="button"
              className="button plain small settings-key"
              aria-label={`${commands[c].label}: ${listening === c ? 'press a key' : keys[c] || 'no key'}`}
              onClick={() => setListening(c)}
              onBlur={() => setListening(null)}
              onKeyDown={(e) => {
                if (listening !== c || e.key === 'Tab') return;
                if (e.key === 'Escape') return setListening(null);
                if (e.key === 'Enter' || e.key === ' ') return;
                e.preventDefault();
                e.stopPropagation();
                const key = e.key === 'Backspace' || e.key === 'Delete' ? '' : keyName(e.nativeEvent);
                if (key === null) return;
                set(c, key);
                setListening(null);
              }}
            >
              {listening === c ? 'Press a key…' : keys[c] === '' ? 'None' : <kbd>{printed(keys[c])}</kbd>}
            </button>
            <Button size="small" look="ghost" isDisabled={changed[c] === undefined} onPress={() => set(c, null)} aria-label={`Usual key for: ${commands[c].label}`}>
              Usual
            </Button>
          </li>
        ))}
      </ul>
      <p className="quiet">Choose a key and press another. Backspace takes it away. Keys with Alt are not used: screen readers and keyboards need them.</p>
    </>
  );
}
