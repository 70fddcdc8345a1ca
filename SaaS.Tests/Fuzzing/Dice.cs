using CsCheck;

namespace SaaS.Tests.Fuzzing;

/// <summary>Reproducible random values: the same seed and number give the same values.</summary>
internal sealed class Dice(uint number, ulong seed)
{
    private readonly PCG _pcg = new(number, seed);

    public T Roll<T>(Gen<T> gen) => gen.Generate(_pcg, null, out _);

    public bool Chance(int percent) => Below(100) < percent;

    public int Below(int limit) => (int)_pcg.Next((uint)limit);

    public T OneOf<T>(IReadOnlyList<T> choices) => choices[Below(choices.Count)];

    public Guid NewId()
    {
        var bytes = new byte[16];
        for (var at = 0; at < bytes.Length; at++)
        {
            bytes[at] = (byte)Below(256);
        }

        return new Guid(bytes);
    }
}
