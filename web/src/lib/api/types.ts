/** Bodies of the HTTP interface, by their names on the pages. They are those of the server's own description. */
import type { components } from './generated';

type Bodies = components['schemas'];
/** Each value of a closed list of the description, so that a new word there is missed here by the compiler. */
const all = <Word extends string>() => <const List extends readonly Word[]>(list: [Word] extends [List[number]] ? List : never): List => list;

export type Role = Bodies['Role'];
export const roles = all<Role>()(['agent', 'supervisor', 'administrator']);

export type Session = Bodies['SessionAnswer'];
/** The person, and the zone whose days and clock the pages show. */
export type SessionUser = Bodies['SessionUser'] & Pick<Session, 'time_zone'>;
export type User = Bodies['UserItem'];
export type NewUser = Bodies['NewUserBody'];
export type UserChange = Bodies['UserChangeBody'];

export type AgentStateName = Bodies['AgentState'];
export type PendingState = NonNullable<Bodies['AgentOut']['pending_state']>;
/** What of an agent is also in the live picture. */
export type LiveSeat = Omit<Bodies['AgentOut'], 'skills'>;
export type Reason = Bodies['ReasonOut'];
export type Today = Bodies['TodayOut'];

export type CallRow = Bodies['CallRow'];
export type CallPage = Bodies['CallList'];
export type CallDetail = Bodies['CallDetail'];
export type Direction = CallRow['direction'];
export type Phase = CallRow['phase'];
export type CallResult = NonNullable<CallRow['result']>;
export const directions = all<Direction>()(['inbound', 'outbound', 'internal']);
export const callResults = all<CallResult>()([
  'answered', 'diverted', 'callback_taken', 'voicemail', 'self_served', 'abandoned_in_queue', 'timed_out', 'closed', 'refused',
  'not_reached', 'failed', 'abandoned_in_flow',
]);

export type Segment = Bodies['SegmentView'];
export type SegmentKind = Segment['kind'];
export type Offer = Bodies['OfferView'];
export type Recording = Bodies['RecordingView'];
export type FactRow = Bodies['FactView'];
export type Waveform = Bodies['WaveformView'];

export interface CallFilter {
  from?: string; to?: string; number?: string; direction?: string; result?: string; queue_id?: string; agent_id?: string; cursor?: string; limit?: number;
}

/** A refusal (RFC 9457), which the description does not name. `errors` names fields, `retry_after_s` when to try again. */
export interface Problem {
  type?: string; title?: string; status: number; code: string; detail?: string;
  errors?: { field: string; message: string }[]; retry_after_s?: number;
}
