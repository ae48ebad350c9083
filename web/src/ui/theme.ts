/** Cordboard design tokens: one source for Ant Design, CSS variables and ECharts. Sizes in px, times in s. */
import { theme as antd, type ThemeConfig } from 'antd';

export const fontFamily = [
  '-apple-system', 'BlinkMacSystemFont', '"Segoe UI Variable Text"', '"Segoe UI"', 'Inter', 'Roboto',
  '"PingFang SC"', '"HarmonyOS Sans SC"', '"Microsoft YaHei UI"', '"Microsoft YaHei"', '"Noto Sans CJK SC"', '"Noto Sans SC"', 'sans-serif',
].join(', ');

export type Mode = 'light' | 'dark';
export const agentStates = ['ready', 'ringing', 'talking', 'hold', 'wrapup', 'busy', 'away', 'offline'] as const;
export type AgentState = (typeof agentStates)[number];

/** `fg`: text, shape and bar; `bg`: tint behind `fg`. Each pair is at least 4.5 : 1. */
export const stateColors: Record<Mode, Record<AgentState, { fg: string; bg: string }>> = {
  light: {
    ready: { fg: '#1B6B3C', bg: '#E8F5ED' },
    ringing: { fg: '#A9530B', bg: '#FEF3E6' },
    talking: { fg: '#0057C8', bg: '#E8F0FD' },
    hold: { fg: '#70257C', bg: '#F6ECF8' },
    wrapup: { fg: '#00758E', bg: '#E6F5F8' },
    busy: { fg: '#AD0020', bg: '#FDEBEE' },
    away: { fg: '#8D4A5E', bg: '#F8EFF2' },
    offline: { fg: '#626B74', bg: '#F0F2F4' },
  },
  dark: {
    ready: { fg: '#AEE5AA', bg: '#1C3328' },
    ringing: { fg: '#FFC05A', bg: '#3A2C14' },
    talking: { fg: '#29A8FF', bg: '#10304E' },
    hold: { fg: '#B67DBA', bg: '#33223A' },
    wrapup: { fg: '#62E3F7', bg: '#123640' },
    busy: { fg: '#FA585A', bg: '#3D1B22' },
    away: { fg: '#E38691', bg: '#3A242C' },
    offline: { fg: '#A6B2BD', bg: '#262F3B' },
  },
};

export const color = {
  light: {
    bg: '#F4F6F9', card: '#FFFFFF', fill: '#F7F9FB', fill2: '#EEF1F5', border: '#DCE1E8', split: '#E8ECF1',
    text: '#1B2430', text2: '#4A5565', text3: '#5D687A', disabled: '#98A2B0',
    primary: '#1A5FD0', primaryHover: '#134CAA', primaryBg: '#EAF1FD', primaryBorder: '#C4D8F8', link: '#1A5FD0',
    success: '#1B6B3C', successBg: '#E8F5ED', warning: '#9A5B00', warningBg: '#FFF6E5', warningBorder: '#F2D9A6',
    error: '#B42318', errorBg: '#FDECEA', errorBorder: '#F3C1BC', segmented: '#FFFFFF',
    shadow: '0 8px 24px rgba(20, 28, 43, 0.14)',
  },
  dark: {
    bg: '#0D131D', card: '#161C26', fill: '#1B222E', fill2: '#232C3A', border: '#303B4B', split: '#26303E',
    text: '#E6EBF2', text2: '#A9B4C2', text3: '#94A1B2', disabled: '#5E6A7A',
    primary: '#2F6DE0', primaryHover: '#2560CF', primaryBg: '#182B4B', primaryBorder: '#29467A', link: '#7FB0FF',
    success: '#8FD6A0', successBg: '#1C3328', warning: '#FFC05A', warningBg: '#3A2C14', warningBorder: '#5A4520',
    error: '#FF8A80', errorBg: '#3D1B1B', errorBorder: '#6B2F2C', segmented: '#35425A',
    shadow: '0 8px 24px rgba(0, 0, 0, 0.5)',
  },
} as const;

/** The call bar has the same colours in both modes, a little deeper in dark. */
export const callBar = {
  light: { bg: '#141C2B', row: '#1C2637', border: '#2D3A50', text: '#E7ECF4', text2: '#A3B0C3' },
  dark: { bg: '#080C13', row: '#101722', border: '#263245', text: '#E7ECF4', text2: '#A3B0C3' },
  hangUp: '#C8102E', answer: '#1F7A46', talking: '#0B3F86', ready: '#153626', ringing: '#5B3A08',
} as const;

export const chartColors: Record<Mode, string[]> = {
  light: ['#2F6FD6', '#D9822B', '#12857A', '#8E5BB5', '#C2476B', '#7A8797'],
  dark: ['#6FA1F5', '#F0A35A', '#4CC4B6', '#C39BE0', '#EE86A4', '#97A4B4'],
};

export function antTheme(mode: Mode): ThemeConfig {
  const c = color[mode];
  return {
    algorithm: mode === 'dark' ? antd.darkAlgorithm : antd.defaultAlgorithm,
    token: {
      fontFamily, fontSize: 14, fontSizeSM: 12, fontSizeLG: 16, fontSizeHeading3: 24, fontSizeHeading4: 20, fontSizeHeading5: 16,
      lineHeight: 22 / 14, fontWeightStrong: 600,
      controlHeight: 32, controlHeightSM: 26, controlHeightLG: 40,
      borderRadius: 6, borderRadiusSM: 5, borderRadiusLG: 8, borderRadiusXS: 4,
      padding: 12, paddingSM: 8, paddingXS: 6, paddingLG: 16, margin: 12, marginSM: 8, marginXS: 4, marginLG: 16,
      colorPrimary: c.primary, colorPrimaryHover: c.primaryHover, colorPrimaryBg: c.primaryBg, colorPrimaryBorder: c.primaryBorder,
      colorLink: c.link, colorInfo: c.primary, colorInfoBg: c.primaryBg, colorInfoBorder: c.primaryBorder,
      colorSuccess: c.success, colorSuccessBg: c.successBg, colorWarning: c.warning, colorWarningBg: c.warningBg, colorWarningBorder: c.warningBorder,
      colorError: c.error, colorErrorBg: c.errorBg, colorErrorBorder: c.errorBorder,
      colorText: c.text, colorTextSecondary: c.text2, colorTextTertiary: c.text3, colorTextPlaceholder: c.text3, colorTextDisabled: c.disabled,
      colorBgLayout: c.bg, colorBgContainer: c.card, colorBgElevated: c.card, colorFillTertiary: c.fill2, colorFillQuaternary: c.fill,
      colorBorder: c.border, colorBorderSecondary: c.split, colorSplit: c.split,
      boxShadow: c.shadow, boxShadowSecondary: c.shadow, wireframe: false,
      motionDurationFast: '0.08s', motionDurationMid: '0.14s', motionDurationSlow: '0.2s',
    },
    components: {
      Table: { headerBg: c.fill, headerColor: c.text2, headerSplitColor: 'transparent', borderColor: c.split, rowHoverBg: c.fill, rowSelectedBg: c.primaryBg, rowSelectedHoverBg: c.primaryBg, cellPaddingBlockSM: 7, cellPaddingInlineSM: 10, cellFontSizeSM: 13 },
      Button: { primaryShadow: 'none', defaultShadow: 'none', dangerShadow: 'none', fontWeight: 500 },
      Card: { headerHeight: 40, headerHeightSM: 40, headerFontSize: 14, headerFontSizeSM: 14, bodyPadding: 12, bodyPaddingSM: 12 },
      Tabs: { itemSelectedColor: c.link, inkBarColor: c.link, horizontalItemGutter: 20, horizontalItemPadding: '9px 0', titleFontSize: 14 },
      Form: { itemMarginBottom: 10, verticalLabelPadding: '0 0 4px', labelFontSize: 12, labelColor: c.text2 },
      Segmented: { trackBg: c.fill2, itemSelectedBg: c.segmented },
      Menu: { itemHeight: 36, itemBorderRadius: 6 },
      Layout: { headerHeight: 52, headerPadding: 0, headerBg: callBar[mode].bg, siderBg: c.card, bodyBg: c.bg },
      Tag: { defaultBg: c.fill2, defaultColor: c.text2 },
    },
  };
}

/** Register once per mode: `echarts.registerTheme('cordboard-light', echartsTheme('light'))`. */
export function echartsTheme(mode: Mode) {
  const c = color[mode];
  const axis = {
    axisLine: { show: false }, axisTick: { show: false },
    axisLabel: { color: c.text3, fontSize: 12 }, splitLine: { lineStyle: { color: c.split } }, nameTextStyle: { color: c.text3, fontSize: 12 },
  };
  return {
    color: chartColors[mode], backgroundColor: 'transparent', animationDuration: 0, animationDurationUpdate: 200,
    textStyle: { fontFamily, color: c.text2, fontSize: 12 },
    grid: { left: 8, right: 8, top: 28, bottom: 4, containLabel: true },
    categoryAxis: { ...axis, splitLine: { show: false } }, valueAxis: axis, timeAxis: axis,
    bar: { itemStyle: { borderRadius: [2, 2, 0, 0] }, barMaxWidth: 28 },
    line: { symbolSize: 6, lineStyle: { width: 2 }, smooth: false },
    legend: { textStyle: { color: c.text2, fontSize: 12 }, icon: 'roundRect', itemWidth: 10, itemHeight: 10, top: 0, right: 0 },
    tooltip: { backgroundColor: c.card, borderColor: c.border, textStyle: { color: c.text, fontSize: 13 }, extraCssText: 'font-variant-numeric: tabular-nums;' },
    aria: { enabled: true, decal: { show: false } },
  };
}
