"""Simplified characters and the traditional ones that they stand for: those that are frequent in talk.

After the General List of Simplified Chinese Characters (1964, 1986). Where one stands for several, the usual
one is here; where none is usual, such as for 后, 面 and 干, it is left out. Every character stands once, so
that a text can be turned back.
"""

from preprocessing.script import contains_han

# The simplified character, then the traditional one.
PAIRS = """
们們 这這 个個 来來 说說 为為 时時 会會 对對 过過 学學 国國 现現 没沒 么麼 还還 样樣 经經 问問 间間 开開 关關
见見 长長 门門 话話 谁誰 谢謝 请請 让讓 认認 识識 语語 词詞 读讀 课課 书書 写寫 张張 车車 东東 马馬 鱼魚 鸟鳥
风風 飞飛 电電 脑腦 视視 觉覺 听聽 声聲 乐樂 欢歡 爱愛 妈媽 爷爺 亲親 孙孫 儿兒 岁歲 气氣 点點 热熱 凉涼 阳陽
阴陰 云雲 雾霧 钱錢 买買 卖賣 贵貴 费費 价價 宾賓 馆館 饭飯 馒饅 饿餓 饱飽 饮飲 饼餅 鸡雞 鸭鴨 猪豬 猫貓 龙龍
虫蟲 药藥 医醫 疗療 头頭 脸臉 发發 颜顏 红紅 绿綠 蓝藍 黄黃 银銀 铁鐵 钟鐘 针針 错錯 锁鎖 铅鉛 笔筆 纸紙 报報
编編 网網 线線 级級 纪紀 约約 结結 给給 绝絕 统統 继繼 续續 维維 组組 织織 练練 终終 绍紹 细細 纯純 纷紛 纳納
绩績 综綜 缘緣 缩縮 传傳 伤傷 伟偉 侧側 债債 倾傾 偿償 优優 众眾 仅僅 从從 仓倉 仪儀 体體 佣傭 专專 业業 丛叢
丢丟 两兩 严嚴 丧喪 丽麗 举舉 义義 习習 乡鄉 乱亂 争爭 亏虧 亚亞 产產 亩畝 亿億 侨僑 俩倆 俭儉 兰蘭 兴興 养養
兽獸 内內 冈岡 册冊 军軍 农農 冯馮 决決 况況 冻凍 净淨 减減 凤鳳 凭憑 凯凱 击擊 刘劉 则則 刚剛 创創 删刪 剂劑
剧劇 剑劍 劝勸 办辦 务務 动動 励勵 劲勁 劳勞 势勢 勋勳 区區 华華 协協 单單 卢盧 卫衛 却卻 厂廠 厅廳 厉厲 压壓
厌厭 厕廁 厢廂 厨廚 县縣 参參 双雙 变變 叙敘 叹嘆 吓嚇 吗嗎 吨噸 吴吳 呐吶 员員 响響 哑啞 唤喚 啸嘯 喷噴 嘱囑
园園 围圍 图圖 圆圓 圣聖 场場 坏壞 块塊 坚堅 坛壇 坝壩 坟墳 坠墜 垄壟 垒壘 垦墾 墙牆 壮壯 处處 备備 够夠 夹夾
夺奪 奋奮 奖獎 妆妝 妇婦 娱娛 婴嬰 婶嬸 宁寧 宝寶 实實 审審 宪憲 宫宮 宽寬 寝寢 寻尋 导導 寿壽 将將 尘塵 尝嘗
层層 屿嶼 岂豈 岗崗 岛島 岭嶺 峡峽 帅帥 师師 帐帳 带帶 帮幫 库庫 应應 庙廟 废廢 异異 弃棄 弯彎 弹彈 强強 归歸
录錄 彻徹 径徑 忆憶 忧憂 怀懷 态態 怜憐 总總 恋戀 恶惡 恼惱 悬懸 惊驚 惨慘 惯慣 愤憤 愿願 懒懶 戏戲 战戰 户戶
扑撲 执執 扩擴 扫掃 扬揚 抚撫 抛拋 抢搶 护護 担擔 拟擬 拥擁 择擇 挂掛 挡擋 挣掙 挤擠 挥揮 损損 换換 据據 掷擲
揽攬 搅攪 摄攝 摆擺 摇搖 敌敵 数數 斋齋 断斷 无無 旧舊 显顯 晒曬 晓曉 晕暈 暂暫 术術 机機 杀殺 杂雜 权權 条條
杨楊 极極 构構 枪槍 柜櫃 栏欄 树樹 桥橋 检檢 楼樓 标標 档檔 梦夢 横橫 欧歐 残殘 毁毀 毕畢 汉漢 汤湯 沟溝 沪滬
泪淚 泼潑 泽澤 洁潔 浅淺 测測 济濟 浓濃 涛濤 润潤 涨漲 渐漸 渔漁 温溫 湾灣 湿濕 满滿 滚滾 滨濱 滩灘 灭滅 灯燈
灵靈 灾災 炉爐 炼煉 烂爛 烦煩 烧燒 烟煙 牵牽 牺犧 状狀 犹猶 独獨 狱獄 狮獅 献獻 环環 玛瑪 画畫 畅暢 疯瘋 盐鹽
监監 盖蓋 盘盤 矿礦 码碼 础礎 确確 礼禮 祸禍 离離 种種 积積 称稱 稳穩 穷窮 窃竊 竞競 笼籠 签簽 简簡 类類 粮糧
紧緊 罗羅 罚罰 罢罷 耸聳 职職 联聯 肃肅 肠腸 肤膚 肿腫 胀脹 胆膽 胜勝 脚腳 脱脫 腾騰 舰艦 舱艙 艺藝 节節 苏蘇
苹蘋 范範 茎莖 荐薦 荣榮 莲蓮 获獲 营營 萧蕭 虑慮 虚虛 虽雖 虾蝦 蚂螞 蜡蠟 补補 装裝 袜襪 规規 览覽 触觸 计計
订訂 讨討 训訓 议議 讯訊 记記 讲講 许許 论論 设設 访訪 证證 评評 试試 诗詩 诚誠 误誤 该該 详詳 诉訴 调調 谈談
谊誼 谅諒 谎謊 谜謎 谦謙 贝貝 负負 财財 责責 贤賢 败敗 货貨 质質 贪貪 购購 贯貫 贱賤 贴貼 贸貿 贺賀 赏賞 赌賭
赔賠 赖賴 赚賺 赛賽 赞贊 赢贏 赶趕 趋趨 跃躍 践踐 踪蹤 轨軌 转轉 轮輪 软軟 轻輕 载載 较較 辅輔 辆輛 辈輩 输輸
辞辭 边邊 达達 迁遷 运運 进進 远遠 违違 连連 迟遲 适適 选選 递遞 逻邏 遗遺 邓鄧 邮郵 邻鄰 郑鄭 酱醬 释釋 鉴鑒
钢鋼 钥鑰 钓釣 钻鑽 铃鈴 铜銅 镇鎮 镜鏡 闪閃 闭閉 闲閒 闷悶 闹鬧 闻聞 阅閱 队隊 阶階 际際 陆陸 陈陳 险險 随隨
隐隱 难難 雏雛 静靜 韩韓 页頁 顶頂 项項 顺順 须須 顾顧 顿頓 预預 领領 频頻 题題 额額 饰飾 驾駕 驶駛 驻駐 骂罵
骄驕 验驗 骑騎 骗騙 鲜鮮 鸣鳴 鹅鵝 麦麥 齐齊 龄齡 龟龜 里裡 几幾 当當
"""
TRADITIONAL_OF = {ord(pair[0]): pair[1] for pair in PAIRS.split()}
SIMPLIFIED_OF = {ord(pair[1]): pair[0] for pair in PAIRS.split()}


def to_traditional(text: str) -> str:
    """Return the text with the traditional characters that are known.

    >>> to_traditional("你们说汉语吗")
    '你們說漢語嗎'
    """
    return text.translate(TRADITIONAL_OF) if contains_han(text) else text


def to_simplified(text: str) -> str:
    """Return the text with the simplified characters that are known."""
    return text.translate(SIMPLIFIED_OF) if contains_han(text) else text
