import { useEffect, useMemo, useState } from 'react';
import { ListBox, ListBoxItem } from 'react-aria-components';
import type { QuickConnect } from '../../chat/agent/records';
import type { AgentContact } from '../../chat/agent/snapshot';
import { Banner, Button, Dialog, EmptyState, Icon, SearchField } from '../../ui';
import { useController } from '../app/context';
import { words } from '../app/controller';
import { fitting, prospect } from './fitting';
import './transfer.css';

/** Chooses to whom a chat goes, or who comes into it. */
export function TransferDialog({ contact, adds, onClose }: { contact: AgentContact; adds: boolean; onClose(): void }) {
  const controller = useController();
  const [all, setAll] = useState<readonly QuickConnect[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [wanted, setWanted] = useState('');
  const [chosen, setChosen] = useState<string | null>(null);
  useEffect(() => {
    controller.quickConnects().then(setAll, (e: unknown) => setProblem(words(e)));
  }, [controller]);
  const shown = useMemo(() => fitting(all ?? [], wanted, adds), [all, wanted, adds]);
  const to = shown.find((q) => q.arn === chosen);
  const act = () => {
    if (to === undefined) return;
    if (adds) controller.add(contact, to);
    else controller.transfer(contact, to);
    onClose();
  };
  return (
    <Dialog
      title={adds ? `Add a colleague to the chat with ${contact.customer}` : `Transfer ${contact.customer}`}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button look="primary" icon={adds ? 'addPerson' : 'transfer'} isDisabled={to === undefined} onPress={act}>
            {to === undefined ? (adds ? 'Ask to join' : 'Transfer') : adds ? `Ask ${to.name} to join` : `Transfer to ${to.name}`}
          </Button>
        </>
      }
    >
      {problem !== null && <Banner tone="bad">{problem}</Banner>}
      <SearchField label="Search queues and colleagues" value={wanted} onChange={setWanted} autoFocus />
      <ListBox
        className="transfer-list"
        aria-label={adds ? 'Colleagues' : 'Queues and colleagues'}
        items={shown.map((q) => ({ ...q, id: q.arn }))}
        selectionMode="single"
        selectedKeys={chosen === null ? [] : [chosen]}
        onSelectionChange={(keys) => setChosen(keys === 'all' ? null : String([...keys][0] ?? '') || null)}
        renderEmptyState={() =>
          all === null && problem === null ? (
            <p className="quiet transfer-none">Loading…</p>
          ) : (
            <EmptyState icon="search" title="Nobody found">
              {all?.length === 0 ? 'No quick connects belong to your queues.' : 'Try another word.'}
            </EmptyState>
          )
        }
      >
        {(q) => (
          <ListBoxItem id={q.arn} textValue={q.name} className="option">
            <Icon name={q.type === 'queue' ? 'chats' : 'person'} size={18} />
            <span className="option-label">
              {q.name}
              <small>{q.type === 'queue' ? `Queue${q.queue !== q.name ? ` ${q.queue}` : ''}` : `Colleague${q.agent !== q.name ? ` ${q.agent}` : ''}`}</small>
            </span>
            <small className={q.free > 0 ? 'prospect good' : 'prospect'}>{prospect(q)}</small>
            <Icon name="accept" size={16} />
          </ListBoxItem>
        )}
      </ListBox>
    </Dialog>
  );
}
