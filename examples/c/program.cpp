// program.cpp - forward and backward over a std::vector, with a mask of one bit an element.
//
//     make core
//     g++ -std=c++17 examples/c/program.cpp -Ileakyc/include build/libleakyc.a -fopenmp -pthread
#include <cstdlib>
#include <iostream>
#include <numeric>
#include <vector>

#include "leakyc.h"

int main()
{
    if (leakyc_init(std::getenv("LEAKYC_ISA")) != 0)
        return 1;
    std::vector<double> x(10);
    std::iota(x.begin(), x.end(), -5.0);
    std::vector<std::uint8_t> mask((x.size() + 7) / 8);
    leakyc_leaky_relu_with_mask_f64(x.data(), mask.data(), x.data(), x.size(), 0.25, 0);

    std::vector<double> grad(x.size(), 1.0);
    leakyc_leaky_relu_grad_from_mask_f64(grad.data(), grad.data(), mask.data(), grad.size(), 0.25,
                                         0);
    for (std::size_t i = 0; i < x.size(); i++)
        std::cout << x[i] << " " << grad[i] << "\n";
}
