"""Characters that people and machines take for one another, and old forms of characters."""

from __future__ import annotations

import random

# What the hand draws or the eye reads as another; and what the ear and the input method give instead.
BY_SIGHT = (
    "园圆 苑宛 锦绵 豪毫 龙尤 泰秦 翠粹 湾弯 景影 雅稚 城域 丽俪 康庚 怡恰 逸免 塘糖 "
    "围园 坑抗 排徘 坪评 尾屋 浪狼 朗郎 沙抄 祥详 辉挥 凤风 荣萦 昌冒 汇江 汤场 海诲 "
    "滨宾 淘陶 洋样 港巷 阳阴 晖晕 林材 桂挂 柏拍 梅悔 楠南 榕容 樱婴 桃挑 翰瀚 铭茗 "
    "鑫金 钻铅 银很 嘉喜 福幅 禄绿 寿寺 贵责 金全 帝常 御卸 皇星 庄压 庭廷 廷延 轩斩 "
    "阁阂 居屋 府付 墅野 岸崖 峰蜂 岭领 岗岚 岩岸 麓鹿 溪奚 泉帛 源原 润闰 清请 澜谰 "
    "波坡 泊伯 湖糊 浩洁 瑞端 珑拢 瑶谣 玺玉 翡翟 蓝篮 萃翠 蓉榕 荷何 菊掬 莲连 薇微 "
    "枫风 松忪 竹行 兰三 馨声 缘绿 绅伸 维唯 纳呐 鹏朋 鸿鸠 鹤鸭 凯恺 达迭 运远 通痛 "
    "迎仰 宏宠 宝玉 安宴 富窝 宁守 家冢 宜宣 尚肖 学字 校较 教救 新亲 欣饮 春舂 曙署 "
    "晨辰 晶品 明朋 星里 旺望 昊吴 时对"
)
BY_SOUND = (
    "园苑 华花 嘉佳 嘉家 锦金 豪濠 鸿宏 鸿洪 福富 源原 源缘 泰太 翠脆 景锦 庭廷 庭亭 "
    "雅亚 御玉 城成 城诚 盛胜 丽莉 丽利 康慷 怡宜 怡谊 逸益 塘堂 塘唐 围维 岭岺 坑吭 "
    "桔结 坪平 浪朗 桥乔 桥侨 沙砂 新欣 新鑫 祥翔 祥详 辉晖 辉徽 凤风 凰皇 安桉 和合 "
    "和河 荣容 昌倡 宝保 万皖 海嗨 滨斌 阳洋 林琳 桂贵 柏百 梅美 楠南 蓉榕 桃陶 铭名 "
    "银茵 禄路 寿受 贵桂 帝蒂 庄装 轩宣 阁格 居聚 府付 峰锋 峰丰 泉全 润瑞 清青 清轻 "
    "澜兰 澜蓝 波博 湖胡 瑞睿 珑龙 瑶遥 蓝兰 荷禾 菊局 莲联 枫丰 松淞 竹筑 馨欣 馨心 "
    "维唯 鹏朋 凯恺 达大 通桐 迎盈 宏弘 富福 宁凝 尚上 学雪 校效 晨辰 晶精 明铭 星兴 "
    "旺望 昊浩 时石 圣胜 世市 悦月 越悦 君军 俊骏 立力 利力 德得 汇惠 惠慧 汉翰 港岗 "
    "光广 国果 恒衡 建健 江疆 交郊 洁杰 静靖 聚巨 乐勒 梁良 隆龙 满曼 民明 名明 农浓 "
    "齐奇 琪琦 勤琴 庆清 秋丘 仁人 顺舜 思斯 苏舒 腾藤 天添 同铜 威薇 文雯 武舞 西希 "
    "喜禧 仙先 香湘 秀绣 旭煦 燕雁 艺怡 永咏 友有 雨宇 裕玉 园源 云芸 运云 泽择 珍真 "
    "正政 中忠 祝竹 紫梓 子紫"
)
TRADITIONAL = dict(
    zip(
        "区号楼栋东龙围华园岭兴宝乡镇广场业厂庄丽凤鸿辉银关马门湾岗桥荣万环阳爱头来开车马"
        "贵义庆乐丰泽长云时叶陈张刘黄兰实电经济员务发学医单层间铺边达胜创丰为应钟罗",
        "區號樓棟東龍圍華園嶺興寶鄉鎮廣場業廠莊麗鳳鴻輝銀關馬門灣崗橋榮萬環陽愛頭來開車馬"
        "貴義慶樂豐澤長雲時葉陳張劉黃蘭實電經濟員務發學醫單層間鋪邊達勝創豐為應鐘羅",
        strict=True,
    )
)


KEPT = set("一二三四五六七八九十东西南北中上下前后新老大小")  # another of these is another place, not a slip


def pairs(text: str) -> dict[str, str]:
    """Each character and those it is taken for, both ways."""
    found: dict[str, str] = {}
    for pair in text.split():
        first, second = pair[0], pair[1]
        if KEPT & {first, second}:
            continue
        found[first] = found.get(first, "") + second
        found[second] = found.get(second, "") + first
    return found


SIGHT, SOUND = pairs(BY_SIGHT), pairs(BY_SOUND)


def slip(name: str, rng: random.Random, table: dict[str, str]) -> str | None:
    """`name` with one character taken for another; None where no character has a double."""
    places = [n for n, letter in enumerate(name) if letter in table]
    if not places:
        return None
    place = rng.choice(places)
    return name[:place] + rng.choice(table[name[place]]) + name[place + 1 :]


def is_slip(said: str, name: str) -> bool:
    """Could `said` be `name` with one character mistaken?"""
    if len(said) != len(name):
        return False
    wrong = [(a, b) for a, b in zip(said, name, strict=True) if a != b]
    return len(wrong) == 1 and wrong[0][0] in SIGHT.get(wrong[0][1], "") + SOUND.get(wrong[0][1], "")


def traditional(text: str) -> str:
    """Old forms of the characters that have one here."""
    return "".join(TRADITIONAL.get(letter, letter) for letter in text)


def full_width(text: str) -> str:
    """Digits, Latin letters and dashes as wide as a Han character."""
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)
