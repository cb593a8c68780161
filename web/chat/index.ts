/**
 * The headless chat client: a state, and the actions that change it. It draws
 * nothing, and touches nothing when it is imported.
 *
 *     const chat = createChat({ base: 'https://chat.example.org', widget: id });
 *     chat.subscribe(() => render(chat.state));
 *     if (!(await chat.resume())) await chat.start({ name: 'Ada', attributes: {} });
 *     chat.send('Hello');
 */

export { createChat, type ChatOptions } from './customer/chat';
export { browserEnvironment, UploadError, type Channel, type Environment, type Page, type PageNews, type Upload } from './customer/environment';
export { Refusal, type Started } from './customer/service';
export type { Chat, ChatState, Delivery, Line, Outgoing, Person, Phase, Problem, Queue, Start, Transport } from './customer/state';
export { contentType, type Attachment, type Author, type Item, type ItemId, type ParticipantId, type Receipt, type Role } from './item';
