using System.Diagnostics.CodeAnalysis;

namespace SaaS.Core.Http;

/// <summary>A value or a problem. Both convert implicitly: <c>return document;</c>, <c>return DocumentProblems.NotFound;</c>.</summary>
public readonly struct Result<T>
    where T : class
{
    private readonly T? _value;
    private readonly Problem? _problem;

    private Result(T? value, Problem? problem) => (_value, _problem) = (value, problem);

    public static implicit operator Result<T>(T value) => new(value, problem: null);

    public static implicit operator Result<T>(Problem problem) => new(value: null, problem);

    /// <summary>Gets the value, or the problem if there is none.</summary>
    public bool TryGetValue([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out Problem? problem)
    {
        (value, problem) = (_value, _problem);
        return value is not null;
    }
}
