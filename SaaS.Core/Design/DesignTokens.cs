namespace SaaS.Core.Design;

/// <summary>
/// The colours of pages and mails. Pages use them as custom properties of the stylesheet; mails contain them, because mail programs
/// load no stylesheet. Type and space are in <c>design.css</c>.
/// </summary>
public static class DesignTokens
{
    public static readonly ColorPalette Light = new(
        Background: "#f4f6f9",
        Surface: "#ffffff",
        Text: "#18202c",
        MutedText: "#566274",
        Divider: "#dfe4ea",
        Border: "#7d8898",
        Accent: "#2456c5",
        OnAccent: "#ffffff",
        Success: "#17693b",
        SuccessSurface: "#e0f3e7",
        Danger: "#a8251e",
        DangerSurface: "#fbe7e5",
        Warning: "#7a4d00",
        WarningSurface: "#fbefd6",
        Info: "#1d57b0",
        InfoSurface: "#e3edfb"
    );

    public static readonly ColorPalette Dark = new(
        Background: "#0f131a",
        Surface: "#181e27",
        Text: "#e8ecf2",
        MutedText: "#a3afbf",
        Divider: "#2b3441",
        Border: "#6f7c8f",
        Accent: "#8ab4ff",
        OnAccent: "#0e1624",
        Success: "#74d99b",
        SuccessSurface: "#16321f",
        Danger: "#ff9d96",
        DangerSurface: "#40201e",
        Warning: "#f0c26a",
        WarningSurface: "#3a2d14",
        Info: "#8fbcff",
        InfoSurface: "#1a2c47"
    );

    /// <summary>Writes the colours as custom properties, such as <c>--color-muted-text</c>, for light and dark.</summary>
    public static string ToCss() =>
        $$"""
            :root { color-scheme: light dark; {{Declare(Light)}} }
            @media (prefers-color-scheme: dark) { :root { {{Declare(Dark)}} } }

            """;

    private static string Declare(ColorPalette colors) =>
        string.Join(' ', colors.List().Select(color => $"--color-{color.Name}: {color.Value};"));
}

/// <summary>The colours of one theme.</summary>
/// <param name="Background">Behind everything.</param>
/// <param name="Surface">Cards, tables and controls.</param>
/// <param name="Text">Text on the background and surfaces.</param>
/// <param name="MutedText">Less important text.</param>
/// <param name="Divider">Decorative lines, without a contrast requirement.</param>
/// <param name="Border">Borders that identify a control.</param>
/// <param name="Accent">Links, primary buttons and the focus ring.</param>
/// <param name="OnAccent">Text on accent and danger.</param>
public sealed record ColorPalette(
    string Background,
    string Surface,
    string Text,
    string MutedText,
    string Divider,
    string Border,
    string Accent,
    string OnAccent,
    string Success,
    string SuccessSurface,
    string Danger,
    string DangerSurface,
    string Warning,
    string WarningSurface,
    string Info,
    string InfoSurface
)
{
    /// <summary>Lists the colours by the names that the stylesheet uses.</summary>
    public IEnumerable<(string Name, string Value)> List() =>
        [
            ("background", Background),
            ("surface", Surface),
            ("text", Text),
            ("muted-text", MutedText),
            ("divider", Divider),
            ("border", Border),
            ("accent", Accent),
            ("on-accent", OnAccent),
            ("success", Success),
            ("success-surface", SuccessSurface),
            ("danger", Danger),
            ("danger-surface", DangerSurface),
            ("warning", Warning),
            ("warning-surface", WarningSurface),
            ("info", Info),
            ("info-surface", InfoSurface),
        ];
}
