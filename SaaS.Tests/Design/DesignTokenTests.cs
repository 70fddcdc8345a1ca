using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using SaaS.Core.Design;
using SaaS.Core.Identity.Credentials.Mails;
using SaaS.LocalServices;

namespace SaaS.Tests.Design;

/// <summary>Tests the contrast of the colours (WCAG 2.2, 1.4.3 and 1.4.11), and that pages and mails have no others.</summary>
public sealed partial class DesignTokenTests
{
    public static TheoryData<string> Themes { get; } = ["light", "dark"];

    [Theory]
    [MemberData(nameof(Themes))]
    public void Text_and_controls_have_enough_contrast(string theme)
    {
        var colors = theme is "light" ? DesignTokens.Light : DesignTokens.Dark;
        string[] grounds = [colors.Background, colors.Surface];
        string[] texts = [colors.Text, colors.MutedText, colors.Accent, colors.Success, colors.Danger, colors.Warning, colors.Info];
        (string Foreground, string Ground, double Least)[] pairs =
        [
            .. texts.SelectMany(text => grounds.Select(ground => (text, ground, 4.5))),
            (colors.OnAccent, colors.Accent, 4.5),
            (colors.OnAccent, colors.Danger, 4.5),
            (colors.Surface, colors.Text, 4.5),
            (colors.Success, colors.SuccessSurface, 4.5),
            (colors.Danger, colors.DangerSurface, 4.5),
            (colors.Warning, colors.WarningSurface, 4.5),
            (colors.Info, colors.InfoSurface, 4.5),
            .. grounds.Select(ground => (colors.Border, ground, 3.0)),
        ];

        Assert.All(
            pairs,
            pair =>
            {
                var contrast = Contrast(pair.Foreground, pair.Ground);
                Assert.True(contrast >= pair.Least, $"{pair.Foreground} on {pair.Ground} has a contrast of {contrast:0.00}");
            }
        );
    }

    [Fact]
    public void Stylesheets_use_the_colours_of_the_design_system_only()
    {
        var known = DesignTokens.Light.List().Select(color => color.Name).ToHashSet(StringComparer.Ordinal);
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in new[] { "design.css", "jobs.css" })
        {
            var css = Encoding.UTF8.GetString(PageAssets.Read(file));
            Assert.DoesNotMatch("#[0-9a-fA-F]{3,8}\\b", css);
            used.UnionWith(ColorVariables().Matches(css).Select(match => match.Groups[1].Value));
        }

        Assert.Equal(known.Order(), used.Order());
        Assert.Equal(known.Count, DesignTokens.Dark.List().Count());
    }

    [Fact]
    public async Task Mails_use_the_colours_of_the_design_system_only()
    {
        var template = new EmailTemplate(
            "Subject",
            "Preview",
            [
                new Paragraph("Text"),
                new Button("Open", new Uri("https://example.com/")),
                new KeyValueTable([new KeyValue("When", "now")]),
                new Footnote("Footnote"),
            ]
        );
        var mail = await template.ToMailAsync(new Recipient("ada@example.com", "Ada", "Lovelace"), Guid.Empty, "Product");

        var known = DesignTokens
            .Light.List()
            .Concat(DesignTokens.Dark.List())
            .Select(color => color.Value)
            .ToHashSet(StringComparer.Ordinal);
        var used = Colors().Matches(mail.Html).Select(match => match.Value).ToHashSet(StringComparer.Ordinal);
        Assert.Subset(known, used);
        Assert.Contains(DesignTokens.Light.Accent, used);
        Assert.Contains(DesignTokens.Dark.Accent, used);
    }

    [Fact]
    public void Pages_have_no_styles_of_their_own()
    {
        var pages = Directory
            .EnumerateFiles(Path.Combine(Repository.Root(), "SaaS.Core"), "*.razor", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) is not "Email.razor" && !file.Contains("/obj/", StringComparison.Ordinal))
            .ToList();
        Assert.True(pages.Count > 20);
        Assert.All(pages, page => Assert.DoesNotMatch("<style|\\sstyle=|#[0-9a-fA-F]{6}\\b", File.ReadAllText(page)));
    }

    private static double Contrast(string one, string other)
    {
        var (bright, dim) = (Math.Max(Luminance(one), Luminance(other)), Math.Min(Luminance(one), Luminance(other)));
        return (bright + 0.05) / (dim + 0.05);
    }

    private static double Luminance(string color)
    {
        return (0.2126 * Linear(1)) + (0.7152 * Linear(3)) + (0.0722 * Linear(5));

        double Linear(int start)
        {
            var value = int.Parse(color.AsSpan(start, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
            return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
        }
    }

    [GeneratedRegex("var\\(--color-([a-z-]+)\\)")]
    private static partial Regex ColorVariables();

    [GeneratedRegex("#[0-9a-f]{6}")]
    private static partial Regex Colors();
}
