using System.Diagnostics.CodeAnalysis;

namespace SaaS.Core.Http;

/// <summary>A value, or why there is none. Both convert to it by themselves: <c>return document;</c>, <c>return DocumentProblems.NotFound;</c>.</summary>
public readonly struct Outcome<T>
    where T : class
{
    private readonly T? _value;
    private readonly Problem? _problem;

    private Outcome(T? value, Problem? problem) => (_value, _problem) = (value, problem);

    public static implicit operator Outcome<T>(T value) => new(value, problem: null);

    public static implicit operator Outcome<T>(Problem problem) => new(value: null, problem);

    /// <summary>Forces whoever wants the value to deal with its absence first.</summary>
    public bool Failed([NotNullWhen(true)] out Problem? problem, [NotNullWhen(false)] out T? value)
    {
        (problem, value) = (_problem, _value);
        return problem is not null;
    }
}
