/** Bodies of the HTTP interface. Until the generated file takes over, this is the contract in one place. */

export type Role = 'agent' | 'supervisor' | 'administrator';
export const roles: readonly Role[] = ['agent', 'supervisor', 'administrator'];

export interface SessionUser {
  id: string;
  name: string;
  display_name: string;
  role: Role;
  agent_id: string | null;
  must_change_password: boolean;
  language: string | null;
  /** May download recordings; the server's refusal counts in any case. */
  permissions?: string[];
  time_zone?: string;
}

export interface User {
  id: string;
  name: string;
  display_name: string;
  role: Role;
  is_active: boolean;
  agent_number: string | null;
  extension: string | null;
  last_login_at: string | null;
}

export type Direction = 'inbound' | 'outbound' | 'internal';
export type SegmentKind = 'flow' | 'queue' | 'ring' | 'dial' | 'talk' | 'hold' | 'consult' | 'wrap_up';
export type Phase = SegmentKind | 'ended';
export const callResults = [
  'answered', 'diverted', 'callback_taken', 'voicemail', 'self_served', 'abandoned_in_queue', 'timed_out', 'closed', 'refused',
  'not_reached', 'failed', 'abandoned_in_flow',
] as const;

export interface CallRow {
  id: string;
  direction: Direction;
  arrived_at: string;
  ended_at: string | null;
  caller_number: string | null;
  called_number: string | null;
  service_number: string | null;
  queue_id: string | null;
  queue_name: string | null;
  agent_id: string | null;
  agent_name: string | null;
  phase: Phase;
  result: string | null;
  ended_by: string | null;
  total_wait_ms: number;
  talk_ms: number;
  hold_ms: number;
  wrap_up_ms: number;
  duration_ms: number;
  has_recording: boolean;
}

export interface Segment {
  timeline: 'customer' | 'agent';
  party_id: string;
  party_name: string | null;
  kind: SegmentKind;
  started_at: string;
  ended_at: string | null;
}
export interface KeyPressed { at: string; digit: string; node: string | null; method: string }
export interface PathStep { at: string; node_id: string; node_kind: string; label: string | null; exit: string | null }
export interface Visit {
  queue_id: string; queue_name: string; entered_at: string; left_at: string | null; outcome: string | null; wait_ms: number;
  position_announced: number[];
}
export interface Candidate { agent_id: string; agent_name: string; idle_ms: number; level: number | null; chosen: boolean }
export interface PassedOver { agent_id: string; agent_name: string; why: string }
export interface OfferReason { rule: string; need: { skill: string; level: number }[]; candidates: Candidate[]; passed_over: PassedOver[] }
export interface Offer {
  id: string; agent_id: string; agent_name: string; agent_number: string | null; made_at: string; ended_at: string | null;
  result: string | null; reason: OfferReason | null;
}
export interface Recording {
  id: string; started_at: string; duration_ms: number; bytes: number | null; sha256: string | null;
  state: 'recording' | 'closed' | 'failed'; gap_count: number; reason: string | null;
}
export interface Leg {
  id: string; party: string; number: string | null; started_at: string; answered_at: string | null; ended_at: string | null;
  ended_by: string | null; hangup_cause: number | string | null; codec: string | null; loss: number | null; jitter_ms: number | null; mos: number | null;
}
export interface CallDetail extends CallRow {
  language: string | null;
  account_number?: string | null;
  call_data: Record<string, string | number | boolean | null>;
  segments: Segment[];
  keys: KeyPressed[];
  path: PathStep[];
  visits: Visit[];
  offers: Offer[];
  recordings: Recording[];
  legs: Leg[];
}

export interface CallPage { items: CallRow[]; next_cursor: string | null; total: number; totals: { talk_ms: number; wait_ms: number } }
export interface FactRow { id: string | number; at: string; kind: string; data: Record<string, unknown> }
export interface Waveform { duration_ms: number; said: number[]; heard: number[] }
export interface Reason { code: string; name?: string | null; name_en?: string | null }
export interface Today { answered: number; talk_ms: number; wrap_up_ms: number; missed: number }

export interface CallFilter {
  from?: string; to?: string; number?: string; direction?: string; result?: string; queue_id?: string; agent_id?: string; cursor?: string; limit?: number;
}

export interface Problem {
  type?: string; title?: string; status: number; code: string; detail?: string;
  errors?: { field: string; message: string }[]; retry_after_s?: number;
}
