import type { StartedChat } from '../../chat/service';
import { emptyTranscript, reduce as reduceTranscript, type Transcript, type TranscriptEvent } from '../../chat/transcript/transcript';

/** How the customer's connection is doing. Broken means it will not come back by itself. */
export type Line = 'connecting' | 'open' | 'lost' | 'broken';

/** Everything the customer page shows. */
export type Visit = Readonly<
  | { at: 'door'; problem: string | null; busy: boolean }
  | { at: 'chat'; chat: StartedChat; name: string; line: Line; transcript: Transcript; leaving: boolean; problem: string | null }
>;

export type VisitEvent = Readonly<
  | { type: 'starting' }
  | { type: 'not started'; problem: string | null }
  | { type: 'started'; chat: StartedChat; name: string }
  | { type: 'line'; line: Line }
  | { type: 'transcript'; event: TranscriptEvent }
  | { type: 'leaving' }
  | { type: 'problem'; problem: string | null }
>;

export const atTheDoor: Visit = { at: 'door', problem: null, busy: false };

export function reduce(visit: Visit, e: VisitEvent): Visit {
  switch (e.type) {
    case 'starting':
      return { at: 'door', problem: null, busy: true };
    case 'not started':
      return { at: 'door', problem: e.problem, busy: false };
    case 'started':
      return {
        at: 'chat',
        chat: e.chat,
        name: e.name,
        line: 'connecting',
        transcript: emptyTranscript(e.chat.ParticipantId),
        leaving: false,
        problem: null,
      };
  }
  if (visit.at === 'door') return visit; // an event of a chat that was left
  switch (e.type) {
    case 'line':
      return { ...visit, line: e.line };
    case 'transcript': {
      const transcript = reduceTranscript(visit.transcript, e.event);
      return transcript === visit.transcript ? visit : { ...visit, transcript };
    }
    case 'leaving':
      return { ...visit, leaving: true, problem: null };
    case 'problem':
      return { ...visit, leaving: false, problem: e.problem };
  }
}

/** Reports whether there is still somebody to write to. */
export function over(visit: Extract<Visit, { at: 'chat' }>): boolean {
  return visit.transcript.ended || visit.line === 'broken';
}
