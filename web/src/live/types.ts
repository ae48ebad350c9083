/** What moves: the live picture of the centre and the messages that keep it current. */
import type { AgentStateName, Direction, LiveSeat, Phase } from '@/lib/api/types';

export type { AgentStateName };

export interface LiveCall {
  id: string; direction: Direction; caller_number: string | null; called_number: string | null; service_number: string | null;
  phase: Phase; phase_since: string; arrived_at: string; queue_id: string | null; queue_name: string | null;
  agent_id: string | null; agent_name: string | null; language: string | null; recording: boolean;
  call_data: Record<string, string | number | boolean | null>;
}
export interface LiveCaller { call_id: string; position: number; entered_at: string; caller_number: string | null }
export interface LiveQueue {
  id: string; name: string; name_en: string | null; waiting: number; longest_wait_since: string | null; estimated_wait_s: number | null;
  ready: number; signed_in: number; answered_today: number; abandoned_today: number; callers: LiveCaller[];
}
/** As the agent's own door shows it, with the day's counts. */
export type LiveAgent = LiveSeat & { answered_today: number; missed_today: number };
export interface LiveLine {
  id: string; kind: 'trunk' | 'phone'; name: string; number: string | null;
  state: 'up' | 'down' | 'registered' | 'unregistered' | 'busy'; since: string; calls: number;
}
export interface LiveFigures {
  calls_now: number; calls_today: number; answered_today: number; abandoned_today: number;
  service_level: number | null; average_wait_ms: number | null;
}
export interface LiveState {
  calls: Record<string, LiveCall>;
  queues: Record<string, LiveQueue>;
  agents: Record<string, LiveAgent>;
  lines: Record<string, LiveLine>;
  figures: LiveFigures;
}

export interface Patch { path: string[]; value: unknown }
export interface LiveFact { id: number; kind: string; at: string; [field: string]: unknown }
export type ServerMessage =
  | { type: 'snapshot'; seq: number; state: LiveState; server_now: string }
  | { type: 'facts'; from: number; seq: number; facts: LiveFact[]; patch: Patch[] }
  | { type: 'ping'; server_now: string };
