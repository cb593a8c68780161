/** What the board's figures mean. Where the metrics API has the same figure, its name is told. */

export type Term = Readonly<{ says: string; metric?: string }>;

export const terms = {
  waiting: { says: 'Contacts that wait in a queue now, those that ring among them.', metric: 'CONTACTS_IN_QUEUE' },
  oldest: { says: 'How long the one that waits longest has waited.', metric: 'OLDEST_CONTACT_AGE' },
  serviceLevel: { says: 'Of those answered or abandoned today, the share answered within 20 seconds.', metric: 'SERVICE_LEVEL' },
  abandoned: { says: 'Ended today while they waited.', metric: 'SUM_CONTACTS_ABANDONED' },
  handled: { says: 'Answered by an agent today.', metric: 'CONTACTS_HANDLED_BY_CONNECTED_TO_AGENT' },
  available: { says: 'Agents who take chats and have none.', metric: 'AGENTS_AVAILABLE' },
  busy: { says: 'Agents with at least one customer.', metric: 'AGENTS_ON_CONTACT' },
  afterWork: { says: 'Agents with at least one chat that is over and not closed yet.', metric: 'AGENTS_AFTER_CONTACT_WORK' },
  inContact: { says: 'Contacts of this queue that an agent has: connected, or in after-contact work.', metric: 'SLOTS_ACTIVE' },
  arrived: { says: 'Contacts that came into a queue.', metric: 'CONTACTS_QUEUED_BY_ENQUEUE' },
  wait: { says: 'How long those who were answered had waited.', metric: 'AVG_QUEUE_ANSWER_TIME is their mean' },
} as const satisfies Readonly<Record<string, Term>>;

export type TermName = keyof typeof terms;
