using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace SaaS.Infrastructure.Settings;

/// <summary>
/// Finds unknown keys, in declared sections without an options type and in sections with a misspelled name. All other sections may belong
/// to other programs, because the environment is shared.
/// </summary>
internal static partial class UndeclaredSettings
{
    // Shorter names are too similar to names of other programs.
    private const int ShortestName = 5;
    private const int LargestDistance = 2;

    /// <returns>A sentence for each key, which begins with the key.</returns>
    public static IEnumerable<string> Find(IConfiguration configuration, IReadOnlyCollection<SettingsSection> declared)
    {
        var names = declared.Select(section => section.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var section in configuration.GetChildren().Where(section => section.GetChildren().Any() && !names.Contains(section.Key)))
        {
            if (names.Where(name => IsNear(section.Key, name)).MinBy(name => Distance(section.Key, name)) is { } meant)
            {
                yield return $"{section.Key} is not a section of settings; did you mean {meant}?";
            }
        }

        foreach (
            var keys in declared
                .OfType<SingleSetting>()
                .GroupBy(setting => setting.Name, setting => setting.Key, StringComparer.OrdinalIgnoreCase)
        )
        {
            var known = keys.ToHashSet(StringComparer.OrdinalIgnoreCase);
            foreach (var key in Leaves(configuration.GetSection(keys.Key)).Where(key => !known.Contains(Index().Replace(key, ""))))
            {
                yield return $"{key} is not a setting; the nearest is {known.MinBy(name => Distance(key, name))}.";
            }
        }
    }

    private static IEnumerable<string> Leaves(IConfigurationSection section) =>
        section.GetChildren().SelectMany(child => child.GetChildren().Any() ? Leaves(child) : [child.Path]);

    private static bool IsNear(string given, string name) =>
        Math.Min(given.Length, name.Length) >= ShortestName && Distance(given, name) <= LargestDistance;

    // The Levenshtein distance.
    private static int Distance(string one, string other)
    {
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var substitution = diagonal + (char.ToUpperInvariant(one[i - 1]) == char.ToUpperInvariant(other[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(Math.Min(row[j], row[j - 1]) + 1, substitution);
            }
        }

        return row[^1];
    }

    // "Cors:Origins:0"
    [GeneratedRegex(@":\d+$")]
    private static partial Regex Index();
}
