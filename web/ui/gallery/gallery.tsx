import { useState } from 'react';
import { Button as AriaButton, DialogTrigger } from 'react-aria-components';
import {
  Avatar, Badge, Banner, Button, Card, CopyText, Count, Countdown, Dialog, EmptyState, Icon, IconButton, Markdown, Menu, PasswordField, Popover, SearchField, Select, Stat, Switch, Table, Tabs,
  TermLabel, TextField, Timer, ToastRegion, Toasts,
} from '..';
import { iconNames } from '../icon/icon';
import './gallery.css';

const toasts = new Toasts();
const words = '**Bold**, *italic*, `code` and a [link](https://example.com).\n\n- one\n- two';

/** Every component, in its states. */
export function Gallery() {
  const [open, setOpen] = useState<'dialog' | 'alert' | null>(null);
  const [name, setName] = useState('Ada');
  const [status, setStatus] = useState('a');
  const [on, setOn] = useState(true);
  const [descending, setDescending] = useState(true);
  const [begun] = useState(() => Date.now());
  return (
    <main className="gallery">
      <h1>Design system</h1>
      <Card title="Buttons">
        <div className="gallery-row">
          <Button look="primary">Primary</Button>
          <Button>Plain</Button>
          <Button look="ghost">Ghost</Button>
          <Button look="danger">Danger</Button>
          <Button icon="send" look="primary">
            With an icon
          </Button>
          <Button size="small">Small</Button>
          <Button isDisabled>Disabled</Button>
          <IconButton label="Attach a file" icon="attach" />
          <IconButton label="Search" icon="search" look="plain" keys="/" />
        </div>
      </Card>
      <Card title="Fields">
        <div className="gallery-grid">
          <TextField label="Name" value={name} onChange={setName} hint="As the customer sees it." />
          <TextField label="Wrong" defaultValue="x" error="At least two letters." />
          <TextField label="Note" lines={2} placeholder="Several lines" />
          <PasswordField label="Password" defaultValue="secret" />
          <SearchField label="Search contacts" />
          <Select label="Status" options={[{ id: 'a', label: 'Available', hint: 'Chats ring here' }, { id: 'b', label: 'Break' }]} value={status} onChange={setStatus} />
          <Switch label="Sound" hint="When a chat rings." isSelected={on} onChange={setOn} />
        </div>
      </Card>
      <Card title="Over the page">
        <div className="gallery-row">
          <Button onPress={() => setOpen('dialog')}>Dialog</Button>
          <Button onPress={() => setOpen('alert')}>Alert</Button>
          <DialogTrigger>
            <AriaButton className="button plain normal">Popover</AriaButton>
            <Popover label="Popover">Words beside what opened them.</Popover>
          </DialogTrigger>
          <Menu
            label="Menu"
            trigger={<Button icon="more">Menu</Button>}
            entries={[
              { id: 'edit', label: 'Edit', icon: 'edit', keys: 'E', onAction: () => toasts.show('info', 'Edit') },
              { id: 'line', separator: true },
              { id: 'end', label: 'End', icon: 'end', danger: true, onAction: () => toasts.show('bad', 'It could not be ended.') },
            ]}
          />
          <Button onPress={() => toasts.show('good', 'Saved')}>Toast</Button>
        </div>
      </Card>
      <Card title="Signs">
        <div className="gallery-row">
          <Badge>Neutral</Badge>
          <Badge tone="accent">Accent</Badge>
          <Badge tone="good" icon="accept">
            Available
          </Badge>
          <Badge tone="warn" icon="clock">
            Waiting
          </Badge>
          <Badge tone="bad" icon="missed">
            Missed
          </Badge>
          <Badge tone="info">Info</Badge>
          <Count value={3} label="unread" />
          <Count value={130} label="unread" />
          {['Ada Lovelace', 'Bob', 'Cleo Q', 'Dan', 'Eve', 'Finn'].map((n) => (
            <Avatar key={n} name={n} />
          ))}
          <Avatar name="Bot" bot />
          <Avatar name="Ada" size="small" />
          <Avatar name="Ada" size="large" />
          <Timer since={begun} label="Open" />
          <Countdown until={begun + 20_000} whole={20_000} label="Time left" />
        </div>
      </Card>
      <Card title="Banners">
        <Banner>Reconnecting…</Banner>
        <Banner tone="bad" actions={<Button size="small">Try again</Button>}>
          The server cannot be reached.
        </Banner>
        <Banner tone="info" icon="info">
          A new version is ready.
        </Banner>
      </Card>
      <Card title="Figures">
        <div className="gallery-grid">
          <Stat label={<TermLabel says="Customers in a queue now.">Waiting</TermLabel>} value={7} />
          <Stat label="Oldest" value="2:14" tone="warn" note="Over the target of 1:30" />
          <Stat label="Service level" value="94 %" tone="good" note="Target 80 %" />
        </div>
        <Table
          caption="Queues"
          keyOf={(r) => r.name}
          sort={{ by: 'waiting', descending }}
          onSort={() => setDescending(!descending)}
          rows={[
            { name: 'Sales', waiting: 4 },
            { name: 'Support', waiting: 12 },
          ].sort((a, b) => (descending ? b.waiting - a.waiting : a.waiting - b.waiting))}
          columns={[
            { id: 'name', label: 'Queue', cell: (r) => r.name },
            { id: 'waiting', label: 'Waiting', number: true, sortable: true, tip: 'Customers in the queue now.', cell: (r) => r.waiting },
          ]}
        />
      </Card>
      <Card title="Tabs, words, emptiness">
        <CopyText label="an address" text="https://chat.example.org" />
        <Tabs
          label="Example"
          tabs={[
            { id: 'words', label: 'Words', content: <Markdown text={words} /> },
            {
              id: 'nothing',
              label: 'Nothing',
              content: (
                <EmptyState icon="chat" title="No chats yet">
                  Chats appear here when they ring.
                </EmptyState>
              ),
            },
          ]}
        />
      </Card>
      <Card title="Icons">
        <ul className="gallery-icons">
          {iconNames.map((n) => (
            <li key={n}>
              <Icon name={n} />
              {n}
            </li>
          ))}
        </ul>
      </Card>
      <Dialog title="A dialog" isOpen={open === 'dialog'} onClose={() => setOpen(null)} actions={<Button onPress={() => setOpen(null)}>Done</Button>}>
        <p>It keeps the focus until it is closed.</p>
      </Dialog>
      <Dialog
        title="End this chat?"
        alert
        size="small"
        isOpen={open === 'alert'}
        onClose={() => setOpen(null)}
        actions={
          <>
            <Button onPress={() => setOpen(null)}>Go on talking</Button>
            <Button look="danger" onPress={() => setOpen(null)}>
              End chat
            </Button>
          </>
        }
      >
        <p>The customer will see that it has ended.</p>
      </Dialog>
      <ToastRegion toasts={toasts} />
    </main>
  );
}
