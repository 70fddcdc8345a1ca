using System.Globalization;
using System.Text;

namespace SaaS.Infrastructure.Unicode;

/// <summary>What the characters of a text are to people who read it: normal form, visible, or steering how others are shown.</summary>
public static class UnicodeText
{
    /// <summary>What <see cref="CanShow"/> refuses, of the characters that a regular expression can name one by one. For character classes of patterns.</summary>
    public const string Refused = @"\u0000-\u001F\u007F-\u009F\u00AD\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB";

    private const char ZeroWidthNonJoiner = '\u200C';
    private const char ZeroWidthJoiner = '\u200D';

    /// <returns>The text in normal form C; null when it has half of a surrogate pair, which has none.</returns>
    public static string? Normalize(string text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (!Rune.TryGetRuneAt(text, at, out var rune))
            {
                return null;
            }

            at += rune.Utf16SequenceLength - 1;
        }

        return text.Normalize(NormalizationForm.FormC);
    }

    /// <summary>Whether a character leaves a mark by itself: no space, no accent without a letter, no letter that is drawn as nothing.</summary>
    public static bool IsVisible(Rune rune) =>
        !IsIgnorable(rune) && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.SpaceSeparator or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark or UnicodeCategory.OtherNotAssigned)
            && !IsSteering(rune);

    /// <summary>Whether a character is drawn as nothing, though its category is that of letters, marks or symbols (Default_Ignorable_Code_Point, and the blanks of Braille and of music).</summary>
    public static bool IsIgnorable(Rune rune) => rune.Value is 0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or (>= 0x180B and <= 0x180F) or 0x2065 or 0x2800 or 0x3164 or (>= 0xFE00 and <= 0xFE0F)
        or 0xFFA0 or (>= 0xFFF0 and <= 0xFFF8) or 0x1D159 or (>= 0xE0000 and <= 0xE0FFF);

    /// <summary>
    /// Whether a text is one line that is read as it is written: no control or format character, no separator of lines or paragraphs, and no
    /// accent before the first letter. Persian and emoji need the two joiners, so they stay between two characters that are joined.
    /// </summary>
    public static bool CanShow(string text)
    {
        var runes = text.EnumerateRunes().ToArray();
        return (runes is not [var first, ..] || !IsMark(first)) && !runes.Where((rune, at) => IsSteering(rune) && !IsJoined(runes, at)).Any();
    }

    /// <returns>The line that somebody typed, in normal form C without spaces around it; null when <see cref="CanShow"/> refuses it.</returns>
    public static string? ReadLine(string typed) => Normalize(typed) is { } text && CanShow(text) && text.Trim() is var line && CanShow(line) ? line : null;

    /// <summary>Whether there is anything to see.</summary>
    public static bool HasVisible(string text) => text.EnumerateRunes().Any(IsVisible);

    /// <summary>The text in one line without what <see cref="CanShow"/> refuses, for what others typed and nobody can be asked about.</summary>
    /// <returns>Null when nothing is left to see.</returns>
    public static string? Clean(string? text, int maxLength)
    {
        var runes = (text ?? "").EnumerateRunes().SkipWhile(rune => IsMark(rune) || IsSteering(rune) || Rune.IsWhiteSpace(rune) || rune == Rune.ReplacementChar).ToArray(); // half a surrogate pair comes as U+FFFD
        var line = new StringBuilder();
        foreach (var rune in runes.Where((rune, at) => rune != Rune.ReplacementChar && (!IsSteering(rune) || IsJoined(runes, at))))
        {
            line.Append(rune);
        }

        var normal = line.ToString().Normalize(NormalizationForm.FormC).Trim();
        var cut = string.Concat(normal.EnumerateRunes().Take(maxLength)).TrimEnd(' ', ZeroWidthNonJoiner, ZeroWidthJoiner);
        return HasVisible(cut) ? cut : null;
    }

    private static bool IsSteering(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    private static bool IsJoined(Rune[] runes, int at) =>
        runes[at].Value is ZeroWidthJoiner or ZeroWidthNonJoiner && at > 0 && at < runes.Length - 1 && (IsVisible(runes[at - 1]) || IsMark(runes[at - 1])) && IsVisible(runes[at + 1]);
}
