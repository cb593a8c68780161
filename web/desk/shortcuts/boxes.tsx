import { useState } from 'react';
import { Autocomplete, Input, ListBox, ListBoxItem, SearchField, useFilter } from 'react-aria-components';
import { Dialog } from '../../ui';
import { useSettings } from '../app/context';
import { commandNames, commands, keysOf, printed, type Command } from './shortcuts';
import '../../ui/select/select.css';
import './boxes.css';

/** The sheet of all shortcuts. */
export function Sheet({ onClose }: { onClose(): void }) {
  const { keys: changed, shortcuts } = useSettings();
  const keys = keysOf(changed);
  const composer = [
    ['Enter', 'Send'],
    ['Shift+Enter', 'New line'],
    ['/', 'Quick responses'],
    ['Ctrl+B, Ctrl+I', 'Bold, italic'],
    ['Escape', 'Out of the message, so that single keys work'],
  ] as const;
  return (
    <Dialog title="Keyboard shortcuts" size="wide" reading isOpen onClose={onClose}>
      {!shortcuts && <p>Shortcuts are switched off in the settings.</p>}
      <div className="sheet">
        <section aria-label="The desk">
          <h3>The desk</h3>
          <dl>
            {commandNames.filter((c) => keys[c] !== '').map((c) => (
              <div key={c}>
                <dt>{commands[c].label}</dt>
                <dd>
                  <kbd>{printed(keys[c])}</kbd>
                </dd>
              </div>
            ))}
            <div>
              <dt>First to ninth chat</dt>
              <dd>
                <kbd>Ctrl+1</kbd> … <kbd>Ctrl+9</kbd>
              </dd>
            </div>
          </dl>
        </section>
        <section aria-label="Writing a message">
          <h3>Writing a message</h3>
          <dl>
            {composer.map(([key, what]) => (
              <div key={key}>
                <dt>{what}</dt>
                <dd>
                  <kbd>{key}</kbd>
                </dd>
              </div>
            ))}
          </dl>
        </section>
      </div>
      <p className="quiet">Change them, or switch them off, in the settings.</p>
    </Dialog>
  );
}

/** All commands by their names: type a few letters, press Enter. */
export function Palette({ available, onRun, onClose }: { available(c: Command): boolean; onRun(c: Command): void; onClose(): void }) {
  const { contains } = useFilter({ sensitivity: 'base' });
  const { keys: changed } = useSettings();
  const keys = keysOf(changed);
  const [typed, setTyped] = useState('');
  const items = commandNames.filter((c) => c !== 'palette' && available(c)).map((id) => ({ id, label: commands[id].label }));
  return (
    <Dialog title="All commands" isOpen onClose={onClose}>
      <Autocomplete filter={contains} inputValue={typed} onInputChange={setTyped}>
        <SearchField aria-label="Search commands" className="field" autoFocus>
          <Input className="input" placeholder="What do you want to do?" />
        </SearchField>
        <ListBox aria-label="Commands" className="palette" items={items} selectionMode="none" onAction={(id) => onRun(String(id) as Command)} renderEmptyState={() => <p className="quiet">No command fits.</p>}>
          {(item) => (
            <ListBoxItem id={item.id} textValue={item.label} className="option">
              <span className="option-label">{item.label}</span>
              {keys[item.id] !== '' && <kbd>{printed(keys[item.id])}</kbd>}
            </ListBoxItem>
          )}
        </ListBox>
      </Autocomplete>
    </Dialog>
  );
}
