/** Who and what stands in the pretended centre. */
export const queues = [
  { id: 'q-repair', name: '供水报修', name_en: 'Water repairs', skill: 'repair' },
  { id: 'q-bill', name: '费用查询', name_en: 'Billing', skill: 'billing' },
  { id: 'q-install', name: '报装与过户', name_en: 'Connections', skill: 'install' },
];

const names = ['李敏', '赵倩', '孙凯', '何佳怡', '周航', '林雪', '马超', '郭婷', '唐磊', '高远', '郑宇', '刘思雨', '吴秀珍', '黄海燕'];
export const agents = names.map((name, index) => ({
  id: `a-${index + 1}`, name, agent_number: String(8001 + index), extension: String(2001 + index), queues: index % 3 === 2 ? ['q-install', 'q-bill'] : ['q-repair', 'q-bill'],
}));

export const users = [
  { id: 'u-1', name: 'admin', display_name: '系统管理员', role: 'administrator', is_active: true, agent_number: null, extension: null, password: 'cordboard-admin', agent_id: null },
  { id: 'u-2', name: 'chen', display_name: '陈卓', role: 'supervisor', is_active: true, agent_number: '8014', extension: '2014', password: 'cordboard-chen', agent_id: 'a-14' },
  ...agents.slice(0, 13).map((agent, index) => ({
    id: `u-${index + 3}`, name: `agent${index + 1}`, display_name: agent.name, role: 'agent', is_active: index !== 11, agent_number: agent.agent_number, extension: agent.extension,
    password: `cordboard-agent${index + 1}`, agent_id: agent.id,
  })),
  { id: 'u-30', name: 'novice', display_name: '新来的', role: 'agent', is_active: true, agent_number: null, extension: null, password: 'cordboard-novice', agent_id: null, must_change_password: true },
];
agents[13].name = '陈卓';

export const reasons = [
  ['busy', '忙碌', 'Busy'], ['break', '小休', 'Break'], ['meal', '用餐', 'Meal'], ['away', '离席', 'Away'], ['meeting', '会议', 'Meeting'], ['training', '培训', 'Training'],
  ['coaching', '辅导', 'Coaching'], ['back_office', '后台处理', 'Back office'], ['missed_offer', '未接', 'Missed offer'], ['forced', '强制', 'Forced'], ['device', '话机异常', 'Phone trouble'],
].map(([id, zh, en]) => ({ id, zh, en, is_choosable: !['missed_offer', 'forced', 'device'].includes(id) }));

/** What each role may, as the server's session answer lists it. */
export const permissions = {
  agent: ['calls.see_numbers', 'calls.see_own', 'desk.use', 'recordings.listen', 'session.use'],
  supervisor: ['agents.force', 'calls.see_all', 'calls.see_numbers', 'desk.use', 'floor.see', 'recordings.download', 'recordings.listen', 'session.use'],
  administrator: ['agents.force', 'calls.see_all', 'calls.see_numbers', 'desk.use', 'floor.see', 'recordings.download', 'recordings.listen', 'session.use', 'users.change', 'users.see'],
};
export const serviceNumber = '96510';

/** Repeatable dice, so that a screenshot of yesterday looks like one of today. */
export function dice(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
