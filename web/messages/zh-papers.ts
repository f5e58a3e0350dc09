/** The words around papers, in Chinese; the papers themselves come with their own. */
export const zhPapers = {
  papers: {
    title: '报表与公示',
    link: '报表、公示与凭证',
    back: '返回村账',
    kinds: {
      month: '收益月报',
      statement: '收益明细',
      allocation: '分配明细',
      notice: '公示',
      vouchers: '记账凭证',
      year: '收益年报',
    },
    formats: { xlsx: '导出 Excel', pdf: '导出 PDF', csv: '导出 CSV' },
    exportOf: (paper: string) => `导出${paper}`,
    making: '正在生成…',
    failures: {
      unreachable: '连不上服务器，文件没有生成。请检查网络后重试。',
      server: '服务器出错了，文件没有生成。请稍后重试；一直这样请联系管理员。',
      refused: '这份文件没有生成：请检查填写的内容，或换一个月份再试。',
    },
    countyMonth: '光伏帮扶电站月报',
    list: '村账汇总表',
    stationList: '电站台账',
    unknown: '未知',
    provisional: '暂估',
    provisionalMeans: '暂估：部分日期为估算、缺数或未以关口表计量，或有电站尚未出账，结算后会以调整行更正。',
    details: { from: '公示开始日期', days: '公示天数（首尾都算）', contacts: '监督与投诉电话', url: '公开页面网址（二维码）' },
    contactsHint: '单位 电话；单位 电话',
    detailsHint: '没有填写的项目会留空，供打印后手写。电话填办公电话，不要填个人号码。',
  },
}
