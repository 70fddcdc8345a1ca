namespace SaaS.Benchmarks;

/// <summary>What the command line asks for.</summary>
internal sealed record Choice(IReadOnlyList<Figure> Figures, bool Strict)
{
    internal static string Usage => $"""
        Measures the figures of docs/PERFORMANCE.md, each on engines of its own. Run it in Release, on a machine that does nothing else.

          NAME ...   one or several of these:
        {string.Join('\n', SaaS.Benchmarks.Figures.All.Select(figure => $"               {figure.Name,-24}{figure.Sentence}"))}
          all        all of them
          --strict   exit code 1 when a goal is missed
          --help     this text
        """;

    internal static bool TryParse(string[] args, out Choice choice)
    {
        var names = args.Where(arg => arg is not "--strict").ToList();
        var all = SaaS.Benchmarks.Figures.All;
        choice = new Choice(
            names is ["all"] ? all : [.. all.Where(figure => names.Contains(figure.Name))],
            args.Contains("--strict"));
        return choice.Figures.Count > 0 && (names is ["all"] || names.TrueForAll(name => all.Any(figure => figure.Name == name)));
    }
}
