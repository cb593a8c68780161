/** The states that are worth looking at, each by a name. */

import type { ChatState, Outgoing } from '../../chat/customer/state';
import { ana, bot, event, idle, item, me, open, system } from '../conversation/fake';
import { interactiveType } from '../interactive/answer';

export type Scene = Readonly<{ state: ChatState; config?: object; closed?: boolean; before?: Partial<ChatState>; settings?: Readonly<Record<string, unknown>> }>;

const day = new Date().toISOString().slice(0, 10);
const at = (time: string) => `${day}T${time}.000Z`;
const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);

const template = (templateType: string, content: object) => JSON.stringify({ templateType, version: '1.0', data: { content } });
const asks = (templateType: string, content: object, time: string) => item(bot, template(templateType, content), at(time), { contentType: interactiveType });

const outgoing = (content: string, delivery: Outgoing['delivery'], more: Partial<Outgoing> = {}): Outgoing => ({
  key: content,
  at: at('12:06:20'),
  content,
  contentType: 'text/plain',
  file: null,
  delivery,
  problem: null,
  ...more,
});

const question = item(me, 'Hello! My parcel should have come yesterday.', at('12:04:02'));
const number = item(me, 'The number is 40 127', at('12:04:20'));
const thanks = item(me, 'That is wonderful, thank you', at('12:06:10'));
const talk = [
  item(system, 'Welcome. Please wait a moment, somebody will be with you.', at('12:03:30')),
  question,
  number,
  event(ana, 'participant.joined', at('12:04:40')),
  item(ana, 'Hi Ada, good to see you!', at('12:05:00')),
  item(ana, 'Let me look where it is.', at('12:05:20')),
  item(ana, '**Found it.** It is on the van and comes *today*:\n\n- between 15:00 and 17:00\n- to the address you gave us\n\n[Follow the van](https://example.org/parcel/40127)', at('12:05:50'), { contentType: 'text/markdown' }),
  thanks,
];
const read = new Map([[question.id, 'read'], [number.id, 'read'], [thanks.id, 'read']] as const);
const chatting = open(talk, { deliveries: read });

const form = {
  form: [
    { name: 'name', label: 'Your name', type: 'text', required: true, autocomplete: 'name' },
    { name: 'email', label: 'E-mail', type: 'email', required: true, autocomplete: 'email' },
    { name: 'topic', label: 'What is it about?', type: 'select', required: false, options: ['An order', 'A return', 'Something else'] },
  ],
  consent: { text: 'I agree that this chat is stored for 30 days.', link: 'https://example.org/privacy' },
};

export const scenes: Readonly<Record<string, Scene>> = {
  home: { state: idle },
  form: { state: idle, config: { look: form } },
  away: { state: idle, config: { open: false, opensAt: new Date(Date.now() + 60_000_000).toISOString() } },
  refused: { state: { ...idle, problem: { kind: 'throttled', detail: '' } } },
  resuming: { state: { ...idle, phase: 'resuming' } },
  queue: { state: open(talk.slice(0, 3), { people: [], queue: { position: 3, waitSeconds: 240 } }) },
  next: { state: open(talk.slice(0, 2), { people: [], queue: { position: 1, waitSeconds: 30 } }) },
  chatting: { state: chatting },
  typing: { state: open(talk.slice(0, 6), { typing: [ana], deliveries: read }) },
  news: { state: { ...chatting, unread: 0 }, before: { unread: 3, items: talk.slice(0, 7) } },
  outbox: {
    state: open(talk.slice(0, 5), {
      line: 'offline',
      deliveries: read,
      outbox: [
        outgoing('Is it still on the van?', 'failed', { problem: { kind: 'unknown', detail: '' } }),
        outgoing('I am at home until six', 'waiting'),
        outgoing('', 'sending', { key: 'upload', file: { name: 'parcel-label.pdf', type: 'application/pdf', size: 1_840_000, sent: 900_000 } }),
      ],
    }),
  },
  reconnecting: { state: { ...chatting, line: 'reconnecting' } },
  idle: { state: { ...chatting, idleUntil: Date.now() + 95_000 } },
  files: {
    state: open([
      ...talk.slice(0, 5),
      item(me, '', at('12:05:30'), { kind: 'attachment', attachments: [{ id: 'a', name: 'receipt-with-a-rather-long-name.pdf', type: 'application/pdf', status: 'APPROVED' }] }),
      item(ana, '', at('12:05:40'), { kind: 'attachment', attachments: [{ id: 'b', name: 'label.png', type: 'image/x', status: 'IN_PROGRESS' }, { id: 'c', name: 'macro.doc', type: 'application/msword', status: 'REJECTED' }] }),
    ]),
  },
  list: {
    state: open([
      asks('ListPicker', { title: 'What can we help you with?', subtitle: 'Choose one', elements: [{ title: 'Where is my order?', subtitle: 'Follow it to your door' }, { title: 'Send something back' }, { title: 'Talk to somebody', subtitle: 'About two minutes' }] }, '12:01:00'),
    ], { people: [] }),
  },
  answered: {
    state: open([
      asks('ListPicker', { title: 'What can we help you with?', elements: [{ title: 'Where is my order?' }, { title: 'Send something back' }] }, '12:01:00'),
      item(me, 'Send something back', at('12:01:10')),
      asks('QuickReply', { title: 'Was the parcel opened?', elements: [{ title: 'Yes' }, { title: 'No' }, { title: 'Only a little' }] }, '12:01:12'),
    ], { people: [] }),
  },
  carousel: {
    state: open([
      asks('Carousel', { title: 'Our rooms', elements: ['Blue', 'Garden', 'Tower'].map((name) => ({ templateIdentifier: name, templateType: 'Panel', version: '1.0', data: { content: { title: `${name} room`, subtitle: 'Two people', elements: [{ title: 'Book' }, { title: 'See more' }] } } })) }, '12:01:00'),
    ], { people: [] }),
  },
  times: {
    state: open([
      asks('TimePicker', { title: 'When shall we call?', location: { title: 'By phone' }, timeslots: ['09:00', '09:30', '11:00', '14:30'].map((t) => ({ date: `2027-01-04T${t}+00:00`, duration: 1800 })).concat([{ date: '2027-01-05T10:00+00:00', duration: 1800 }]) }, '12:01:00'),
    ], { people: [] }),
  },
  view: { state: open([item(bot, template('ViewResource', { viewId: 'form', viewToken: 'form', viewData: { Heading: 'Your delivery', Sections: [{ Heading: 'Address', Items: [{ Type: 'FormInput', Name: 'street', Label: 'Street' }, { Type: 'Checkbox', Name: 'porch', Label: 'Leave it on the porch' }] }], Next: { Label: 'Save' } } }), at('12:01:00'), { contentType: interactiveType })], { people: [] }) },
  unknown: { state: open([item(bot, '{}', at('12:01:00'), { contentType: interactiveType }), item(ana, '{"x":1}', at('12:02:00'), { contentType: 'application/json' })]) },
  earlier: {
    state: open([item({ ...me, id: 'before' }, 'Do you have it in blue?', `${yesterday}T09:00:00.000Z`), item(ana, 'We do!', `${yesterday}T09:00:30.000Z`), event(null, 'chat.rehydrated', at('12:03:00')), ...talk], { earlier: true, deliveries: read }),
  },
  ended: { state: { ...chatting, phase: 'ended', people: [], items: [...talk, event(ana, 'participant.left', at('12:07:00')), event(null, 'chat.ended', at('12:07:01'))] } },
  preview: { state: { ...chatting, unread: 2, items: talk.slice(0, 6) }, closed: true },
};
