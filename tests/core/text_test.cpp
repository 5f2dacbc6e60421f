// Names as evil as file systems and model files allow, in each kind of output: read back they are names.
#include "core/text.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <vector>

namespace markhor::text {
namespace {

const std::vector<std::string> evil = {"",
                                       " ",
                                       "plain",
                                       "dress, red",
                                       "\x1b[31mred\x1b[0m",
                                       "\x1b]0;title\x07",
                                       "a\nb",
                                       "a\r\nb",
                                       "\ttab",
                                       "\rhome",
                                       std::string("nul\0inside", 10),
                                       "\x7f",
                                       "\u009B31m",
                                       "caf\xe9",
                                       "\xff\xfe",
                                       "\xc0\xaf",
                                       "\xed\xa0\x80",
                                       "\xf4\x90\x80\x80",
                                       "\xe2\x82",
                                       "gpj.\u202Eexe",
                                       "\u200Bzero",
                                       "zero\u200D",
                                       "\uFEFFmark",
                                       "\u2066isolated\u2069",
                                       "\U000E0041tag",
                                       "日本語",
                                       "日本語\u2028x",
                                       "<script>alert(1)</script>",
                                       "\"><img src=x onerror=alert(1)>",
                                       "' onmouseover='x",
                                       "&lt;",
                                       "&#60;",
                                       "]]>",
                                       "-->",
                                       "</svg>",
                                       "=1+1",
                                       "+1",
                                       "-1.5",
                                       "-cmd|' /C calc'!A0",
                                       "@SUM(1)",
                                       "  =1",
                                       "＝1+1",
                                       "a,b",
                                       "a;b",
                                       "a\"b",
                                       "\"",
                                       "'",
                                       "| pipe |",
                                       "`code`",
                                       "**bold**",
                                       "[link](http://x)",
                                       "![image](x)",
                                       "# heading",
                                       "- item",
                                       "_x_",
                                       "https://x.y",
                                       "www.x.y",
                                       "a@b.c",
                                       "\\",
                                       "a\\",
                                       "\\N",
                                       "*/",
                                       "//",
                                       "class",
                                       "std",
                                       "__x",
                                       "9lives",
                                       "%s%n",
                                       "{}",
                                       "$(id)",
                                       std::string(10000, 'x')};

bool shows(const std::string& text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x20 || byte == 0x7F) return false;
        if (byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0) return false;
    }
    for (const char* hidden : {"\u202E", "\u200B", "\u200D", "\uFEFF", "\u2066", "\u2028", "\U000E0041"}) {
        if (text.find(hidden) != std::string::npos) return false;
    }
    return text == utf8(text);
}

/// The one field of a CSV line, as RFC 4180 has it; "none" where it is not one.
std::string csv_read(const std::string& line) {
    if (!line.starts_with('"')) return line.find_first_of(",\"\r\n") == std::string::npos ? line : "none";
    std::string field;
    std::size_t i = 1;
    for (; i < line.size(); ++i) {
        if (line[i] == '"' && (i + 1 == line.size() || line[++i] != '"')) break;
        field += line[i];
    }
    return i + 1 >= line.size() ? field : "none";
}

std::string unescaped(std::string text) {
    for (const auto& [entity, character] : std::vector<std::pair<std::string, std::string>>{
             {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}, {"&amp;", "&"}}) {
        for (std::size_t at = 0; (at = text.find(entity, at)) != std::string::npos; at += character.size())
            text.replace(at, entity.size(), character);
    }
    return text;
}

TEST(Text, EachKindOfOutputShowsANameAlone) {
    for (const std::string& name : evil) {
        SCOPED_TRACE(name.substr(0, 100));
        for (const std::string& text :
             {printable(name), html(name), markdown(name), csv(name), dot_string(name), cpp_comment(name),
              cpp_identifier(name),
              json(nlohmann::json(name).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace))})
            EXPECT_TRUE(shows(text)) << text;
    }
}

TEST(Text, PlainNamesStayAsTheyAre) {
    for (const std::string name : {"plain", "dress 1", "日本語", "Größe", "naïve 😀", "-1.5"}) {
        EXPECT_EQ(printable(name), name);
        EXPECT_EQ(csv(name), name);
        EXPECT_EQ(html(name), name);
    }
}

TEST(Text, SpellsOutWhatDoesNotShow) {
    EXPECT_EQ(printable("\x1b[31mred"), "\\x1b[31mred");
    EXPECT_EQ(printable("caf\xe9"), "caf\\xe9");
    EXPECT_EQ(printable("gpj.\u202Eexe"), "gpj.\\u202eexe");
    EXPECT_EQ(printable("\U000E0041"), "\\U000e0041");
    EXPECT_EQ(utf8("caf\xe9!"), "caf\uFFFD!");
    EXPECT_EQ(printable("日本語日本語", 4), "日本語…");
    EXPECT_EQ(printable("日本語", 3), "日本語");
    EXPECT_EQ(printable("ab\x1b", 4), "ab…");
}

TEST(Text, HtmlReadBackIsTheName) {
    for (const std::string& name : evil) {
        const std::string text = html(name);
        EXPECT_EQ(text.find_first_of("<>\"'"), std::string::npos);
        EXPECT_EQ(unescaped(text), printable(name));
    }
}

TEST(Text, CsvReadBackIsTheNameAndNoFormula) {
    for (const std::string& name : evil) {
        const std::string field = csv_read(csv(name));
        EXPECT_TRUE(field == printable(name) || field == "'" + printable(name)) << field;
        const bool is_number = field == "-1.5" || field == "+1";
        EXPECT_TRUE(is_number || field.empty() || std::string("=+-@\t\r").find(field[0]) == std::string::npos) << field;
    }
    EXPECT_EQ(csv("=1+1"), "\"'=1+1\"");
    EXPECT_EQ(csv("-1.5"), "-1.5");
    EXPECT_EQ(csv("a\"b"), "\"a\"\"b\"");
}

TEST(Text, JsonSaysTheSame) {
    for (const std::string& name : evil) {
        const nlohmann::json value = {{"name", utf8(name)}};
        EXPECT_EQ(nlohmann::json::parse(json(value.dump(1))), value);
    }
    EXPECT_EQ(json("\"\U000E0041\u202E\""), "\"\\udb40\\udc41\\u202e\"");
}

TEST(Text, IdentifiersAreOnesThatCompile) {
    for (const std::string& name : evil) {
        const std::string identifier = cpp_identifier(name);
        EXPECT_EQ(identifier.find("__"), std::string::npos);
        EXPECT_NE(identifier[0], '_');
        EXPECT_EQ(identifier.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"),
                  std::string::npos);
    }
    EXPECT_EQ(cpp_identifier("class"), "network_class");
    EXPECT_EQ(cpp_identifier("gap_head"), "gap_head");
}

}  // namespace
}  // namespace markhor::text
